package ekacare_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
)

// once is audio that can be read once, as that of a microphone.
func once(content string) caremux.File {
	return caremux.File{Name: "a.webm", Content: io.MultiReader(strings.NewReader(content))}
}

// dropped takes an upload, and the response gets lost.
func (v *scribeVendor) dropNext() {
	serve := v.answer
	v.answer = func(r *http.Request, n int) (*http.Response, error) {
		if !strings.Contains(r.URL.Path, "/audio/") {
			return serve(r, n)
		}
		v.answer = serve
		_, _ = serve(r, n)
		return nil, errors.New("connection reset")
	}
}

// lookNow is a look at the session as it is.
func (v *scribeVendor) lookNow() {
	names, _ := json.Marshal(append([]string{}, v.names...))
	v.looks = []*http.Response{reply(202, fmt.Sprintf(`{"session_id":"ses_1","status":"recording","audio_files":%s}`, names))}
}

func (v *scribeVendor) heard() string {
	var all []string
	for n := range 20 {
		if audio, ok := v.audio[fmt.Sprintf("audio_%d.webm", n)]; ok {
			all = append(all, fmt.Sprint(n, " ", audio))
		}
	}
	return strings.Join(all, ", ")
}

var noRetry = caremux.WithCallRetry(caremux.NoRetry)

func TestAPieceThatMayHaveArrivedIsNeitherReplacedNorDoubled(t *testing.T) {
	for name, tt := range map[string]struct {
		arrives bool
		then    func(t *testing.T, r *ekacare.ScribeRecording) error
		want    string
		missing []int // what keeps the end from being sent
	}{
		"the next piece follows": {true, func(t *testing.T, r *ekacare.ScribeRecording) error {
			_, err := r.Upload(t.Context(), once("three"), noRetry)
			return err
		}, "0 one, 1 two, 2 three", nil},
		"the next piece follows, and it had not arrived": {false, func(t *testing.T, r *ekacare.ScribeRecording) error {
			_, err := r.Upload(t.Context(), once("three"), noRetry)
			return err
		}, "0 one, 2 three", []int{1}},
		"the same piece, by its number": {true, func(t *testing.T, r *ekacare.ScribeRecording) error {
			_, err := r.UploadPiece(t.Context(), 1, once("two"), noRetry)
			return err
		}, "0 one, 1 two", nil},
		"the same piece, by its bytes": {true, func(t *testing.T, r *ekacare.ScribeRecording) error {
			_, err := r.Upload(t.Context(), webm("two"), noRetry)
			return err
		}, "0 one, 1 two", nil},
		"another piece of the same length": {true, func(t *testing.T, r *ekacare.ScribeRecording) error {
			_, err := r.Upload(t.Context(), webm("owt"), noRetry)
			return err
		}, "0 one, 1 two, 2 owt", nil},
		"the same piece, later": {false, func(t *testing.T, r *ekacare.ScribeRecording) error {
			_, err1 := r.Upload(t.Context(), once("three"), noRetry)
			_, err2 := r.UploadPiece(t.Context(), 1, once("two"), noRetry)
			return errors.Join(err1, err2)
		}, "0 one, 1 two, 2 three", nil},
		"left out": {false, func(t *testing.T, r *ekacare.ScribeRecording) error {
			_, err := r.Upload(t.Context(), once("three"), noRetry)
			r.SkipMissing()
			return err
		}, "0 one, 2 three", nil},
	} {
		t.Run(name, func(t *testing.T) {
			v := newScribeVendor()
			r := v.open(t, ekacare.ScribeUploadTypeChunked)
			if _, err := r.Upload(t.Context(), once("one"), noRetry); err != nil {
				t.Fatal(err)
			}
			if v.dropNext(); !tt.arrives {
				v.answer = v.serve
				v.upload = []*http.Response{reply(502, ""), nil, nil}
			}
			_, err := r.Upload(t.Context(), once("two"), noRetry)
			var failed *ekacare.ScribePieceError
			if !errors.As(err, &failed) || failed.Number != 1 || !failed.MaybeArrived || r.Uploaded() != 1 ||
				!slices.Equal(r.Missing(), []int{1}) ||
				!strings.Contains(err.Error(), "UploadPiece") {
				t.Fatalf("error %v, missing %v", err, r.Missing())
			}
			if err := tt.then(t, r); err != nil {
				t.Fatal(err)
			}
			v.lookNow()
			_, err = r.End(t.Context())
			var gap *ekacare.ScribeGapError
			if errors.As(err, &gap); (tt.missing != nil) != (gap != nil) ||
				gap != nil && (!slices.Equal(gap.Missing, tt.missing) || v.to("/end") != 0) ||
				tt.missing == nil && err != nil {
				t.Errorf("end: %v", err)
			}
			if v.heard() != tt.want {
				t.Errorf("heard %q, want %q", v.heard(), tt.want)
			}
		})
	}
}

func TestAPieceThatDidNotArriveLeavesItsNumber(t *testing.T) {
	v := newScribeVendor()
	v.upload = []*http.Response{reply(400, `{"error":{"code":"invalid_audio_format","message":"m"}}`), nil}
	r := v.open(t, ekacare.ScribeUploadTypeChunked)
	_, err := r.Upload(t.Context(), once("one"), noRetry)
	var failed *ekacare.ScribePieceError
	if !errors.As(err, &failed) || failed.MaybeArrived || len(r.Missing()) != 0 {
		t.Fatalf("error %v, missing %v", err, r.Missing())
	}
	if _, err := r.Upload(t.Context(), once("one"), noRetry); err != nil || v.heard() != "0 one" {
		t.Errorf("heard %q (%v)", v.heard(), err)
	}
	for number, audio := range map[int]caremux.File{-1: once("x"), 2: once("x"), 0: {Name: "a.mp3", Content: strings.NewReader("x")}} {
		if _, err := r.UploadPiece(t.Context(), number, audio); !errors.As(err, new(*caremux.ArgumentError)) {
			t.Errorf("piece %d: %v", number, err)
		}
	}
}

func TestAResumedRecordingKnowsWhatIsThereOrRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		look     string
		state    *ekacare.ScribeRecordingState
		uploaded int
		missing  []int
		unknown  bool
	}{
		"all there":            {`{"audio_files":["audio_1.webm","audio_0.webm"],"audio_files_received":2}`, nil, 2, nil, false},
		"a gap":                {`{"audio_files":["audio_0.webm","audio_3.webm"]}`, nil, 1, []int{1, 2}, false},
		"the first is missing": {`{"audio_files":["audio_1.webm"]}`, nil, 0, []int{0}, false},
		"the last is lost":     {`{"audio_files":["audio_0.webm"]}`, &ekacare.ScribeRecordingState{Next: 2}, 1, []int{1}, false},
		"one left out before": {`{"audio_files":["audio_0.webm","audio_2.webm"]}`,
			&ekacare.ScribeRecordingState{Next: 3, Skipped: []int{1}}, 3, nil, false},
		"nothing is said":            {`{"status":"recording"}`, nil, 0, nil, true},
		"null is said":               {`{"audio_files":null,"audio_files_received":null}`, nil, 0, nil, true},
		"more than is named":         {`{"audio_files":["audio_0.webm"],"audio_files_received":2}`, nil, 0, nil, true},
		"a name without a number":    {`{"audio_files":["audio_0.webm","visit.webm"]}`, nil, 0, nil, true},
		"a number beyond all bounds": {`{"audio_files":["audio_2147483640.webm"]}`, nil, 0, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			v := newScribeVendor()
			v.looks = []*http.Response{reply(202, tt.look)}
			service := v.client(t).ScribeSessions
			var r *ekacare.ScribeRecording
			var err error
			if tt.state != nil {
				state := v.open(t, ekacare.ScribeUploadTypeChunked).State()
				state.Next, state.Skipped = tt.state.Next, tt.state.Skipped
				r, err = service.ResumeState(t.Context(), state)
			} else {
				r, err = service.Resume(t.Context(), "ses_1", ekacare.ScribeUploadTypeChunked)
			}
			if tt.unknown {
				if !errors.Is(err, ekacare.ErrScribeAudioUnknown) {
					t.Errorf("error %v", err)
				}
				return
			}
			if err != nil || r.Uploaded() != tt.uploaded || !slices.Equal(r.Missing(), tt.missing) {
				t.Fatalf("%d uploaded, missing %v (%v)", r.Uploaded(), r.Missing(), err)
			}
			sent := len(v.requests())
			_, err = r.Upload(t.Context(), once("next"))
			var gap *ekacare.ScribeGapError
			if len(tt.missing) > 0 && (!errors.As(err, &gap) || len(v.requests()) != sent) || len(tt.missing) == 0 && err != nil {
				t.Fatalf("upload: %v", err)
			}
			for _, n := range tt.missing {
				if _, err := r.UploadPiece(t.Context(), n, once("again")); err != nil {
					t.Fatal(err)
				}
			}
			if len(tt.missing) > 0 {
				if _, err = r.Upload(t.Context(), once("next")); err != nil {
					t.Fatal(err)
				}
			}
			if r.Uploaded() != r.State().Next || len(r.Missing()) != 0 {
				t.Errorf("%d uploaded, state %+v", r.Uploaded(), r.State())
			}
		})
	}
}

func TestARecordingIsResumedByItsOwnerOnly(t *testing.T) {
	v := newScribeVendor()
	state := v.open(t, ekacare.ScribeUploadTypeChunked).State()
	data, _ := json.Marshal(state)
	var restored ekacare.ScribeRecordingState
	if err := json.Unmarshal(data, &restored); err != nil {
		t.Fatal(err)
	}
	_, err := v.client(t).For(ekacare.Identity{PatientID: "oid-2"}).ScribeSessions.ResumeState(t.Context(), restored)
	if !errors.Is(err, ekacare.ErrOtherOwner) || len(v.requests()) != 1 {
		t.Errorf("error %v", err)
	}
	if strings.Contains(string(data), "EC_1234") || restored.Owner == "" {
		t.Errorf("state %s", data)
	}
}

func TestASessionOfTheCallersIDIsOpenedOnce(t *testing.T) {
	const id = "session-of-visit-0001"
	body := func(name string) *ekacare.ScribeSessionCreate {
		return &ekacare.ScribeSessionCreate{
			UploadType:     ekacare.ScribeUploadTypeChunked,
			SessionID:      new(id),
			PatientDetails: map[string]any{"name": name},
		}
	}
	session := func(name string) string {
		return `{"session_id":"` + id + `","audio_files":["audio_0.webm"],"patient_details":{"name":"` + name + `"}}`
	}
	for name, tt := range map[string]struct {
		create   int // status; 0 breaks the connection
		session  string
		body     *ekacare.ScribeSessionCreate
		uploaded int // -1 if the recording is not opened
	}{
		"the response got lost":   {0, `{"session_id":"` + id + `","audio_files":[],"patient_details":{"name":"Asha"}}`, body("Asha"), 0},
		"it exists":               {400, session("Asha"), body("Asha"), 1},
		"it is another patient's": {400, session("Ravi"), body("Asha"), -1},
		"another session is read": {400, `{"session_id":"another-session-0002","audio_files":[]}`, body("Asha"), -1},
		"it does not exist":       {400, "", body("Asha"), -1},
		"it does not tell":        {409, `{"session_id":"` + id + `"}`, body("Asha"), -1},
		"no id of the caller's": {
			400, `{"audio_files":[]}`, &ekacare.ScribeSessionCreate{UploadType: ekacare.ScribeUploadTypeChunked}, -1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			nw := &network{answer: func(r *http.Request, _ int) (*http.Response, error) {
				switch {
				case r.Method == "POST" && tt.create == 0:
					return nil, errors.New("connection reset")
				case r.Method == "POST":
					return reply(tt.create, `{"error":{"code":"invalid_request","message":"m"}}`), nil
				case tt.session == "":
					return reply(404, `{}`), nil
				}
				return reply(202, tt.session), nil
			}}
			r, err := nw.client(t).ScribeSessions.Open(t.Context(), tt.body)
			if (err == nil) != (tt.uploaded >= 0) || err == nil && (r.Uploaded() != tt.uploaded || r.SessionID() != id) {
				t.Errorf("opened %v (%v)", r, err)
			}
		})
	}
}

func TestAnInterruptedJobIsGoneOnWith(t *testing.T) {
	v := newScribeVendor()
	job := func() *ekacare.ScribeJob {
		return &ekacare.ScribeJob{
			Session: ekacare.ScribeSessionCreate{UploadType: ekacare.ScribeUploadTypeChunked},
			Audio:   []caremux.File{once("one"), once("two"), once("three")},
		}
	}
	var last ekacare.ScribeProgress
	first := job()
	first.Progress = func(p ekacare.ScribeProgress) {
		if last = p; p.Uploaded == 1 {
			v.dropNext()
			v.names = []string{"audio_0.webm", "audio_1.webm"}
			v.lookNow()
			v.names = v.names[:1]
		}
	}
	_, err := v.client(t).ScribeSessions.Process(t.Context(), first, noRetry)
	var stopped *ekacare.ScribeInterruptedError
	if !errors.As(err, &stopped) || stopped.Uploaded != 2 || stopped.State.Next != 2 || last.Uploaded != 1 ||
		!strings.Contains(err.Error(), "Uploaded() of the resumed recording") {
		t.Fatalf("stopped with %v", err)
	}
	done := reply(200, `{"session_id":"ses_1","templates":[{"t":"x"}]}`)
	v.looks = append(v.looks, done)
	v.lookNow()
	v.looks = append(v.looks, done)
	result, err := v.client(t).ScribeSessions.ResumeProcess(t.Context(), job(), stopped.SessionID)
	if err != nil || result.State != ekacare.ScribeStateDone || v.heard() != "0 one, 1 two, 2 three" {
		t.Errorf("heard %q (%v)", v.heard(), err)
	}
	// A session with more pieces than the job has files is that of another recording.
	v.looks = []*http.Response{
		reply(202, `{"session_id":"ses_1","audio_files":["audio_0.webm","audio_1.webm","audio_2.webm","audio_3.webm"]}`),
	}
	if _, err := v.client(t).ScribeSessions.ResumeProcess(t.Context(), job(), "ses_1"); !errors.Is(err, ekacare.ErrScribeOtherAudio) {
		t.Errorf("error %v", err)
	}
}

func TestAWaitForNotesEndsWithFinalWordsAndUnknownStatuses(t *testing.T) {
	failed := func(err error) bool { return errors.As(err, new(*ekacare.ScribeFailedError)) }
	unreadable := func(err error) bool { return errors.Is(err, caremux.ErrUnreadable) }
	done := func(err error) bool { return err == nil }
	expired := func(err error) bool { return errors.Is(err, ekacare.ErrScribeSessionExpired) }
	for name, tt := range map[string]struct {
		status int
		look   string
		want   func(error) bool
	}{
		"cancelled, under 202":     {202, `{"session_id":"ses_1","status":"Cancelled"}`, failed},
		"system failure":           {202, `{"session_id":"ses_1","status":"SYSTEM-FAILURE"}`, failed},
		"an unknown status":        {203, `{"session_id":"ses_1","status":"processing"}`, unreadable},
		"of another session":       {200, `{"session_id":"ses_2","templates":[{"t":"x"}]}`, unreadable},
		"expired":                  {410, `{"session_id":"ses_1"}`, expired},
		"done, without a word":     {200, `{"session_id":"ses_1","templates":[{"t":"x"}]}`, done},
		"a word that is not known": {200, `{"session_id":"ses_1","status":"transcribed","templates":[{"t":"x"}]}`, done},
	} {
		v := newScribeVendor()
		v.looks = []*http.Response{reply(tt.status, tt.look)}
		if _, err := v.client(t).ScribeSessions.Wait(t.Context(), "ses_1", nil); !tt.want(err) || len(v.requests()) != 1 {
			t.Errorf("%s: %v after %d polls", name, err, len(v.requests()))
		}
	}
}

func TestPanicsOfAudioReachTheCaller(t *testing.T) {
	bug := readFunc(func([]byte) (int, error) { panic("a bug of the user") })
	for name, content := range map[string]func() io.Reader{
		"at the first byte": func() io.Reader { return bug },
		"later":             func() io.Reader { return io.MultiReader(strings.NewReader("one"), bug) },
	} {
		t.Run(name, func(t *testing.T) {
			srv, _ := records(t)
			r, err := srv.Client().ScribeSessions.Open(
				t.Context(),
				&ekacare.ScribeSessionCreate{UploadType: ekacare.ScribeUploadTypeChunked, Templates: []string{"t"}},
			)
			if err != nil {
				t.Fatal(err)
			}
			for what, call := range map[string]func(){
				"Upload": func() { _, _ = r.Upload(t.Context(), caremux.File{Name: "a.webm", Content: content()}) },
				"Parse": func() {
					_, _ = srv.Client().Records.Parse(t.Context(), smart, caremux.File{Name: "a.pdf", Content: content()}, nil)
				},
			} {
				caught := func() (v any) {
					defer func() { v = recover() }()
					call()
					return nil
				}()
				if e, ok := caught.(*caremux.PanicError); !ok || e.Value != "a bug of the user" {
					t.Errorf("%s: caught %v", what, caught)
				}
			}
		})
	}
}

type readFunc func([]byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }
