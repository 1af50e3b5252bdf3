package ekacare_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
)

// scribeVendor is a network that keeps the audio of one session. Fields that are set replace its answers, in their
// order.
type scribeVendor struct {
	network
	names  []string
	audio  map[string]string
	upload []*http.Response // before an upload is taken
	end    []*http.Response
	looks  []*http.Response // the last one stays
}

func newScribeVendor() *scribeVendor {
	v := &scribeVendor{audio: map[string]string{}}
	v.answer = v.serve
	return v
}

func (v *scribeVendor) serve(r *http.Request, n int) (*http.Response, error) {
	next := func(list *[]*http.Response) *http.Response {
		if len(*list) == 0 {
			return nil
		}
		defer func() { *list = (*list)[1:] }()
		return (*list)[0]
	}
	sent := v.requests()[n-1]
	switch path := r.URL.Path; {
	case r.Method == "POST" && path == "/voice/v1/sessions":
		return reply(201, `{"session_id":"ses_1","status":"created","upload_url":"wss://audio.example/ses_1"}`), nil
	case r.Method == "POST" && strings.HasPrefix(path, "/voice/v1/sessions/ses_1/audio/"):
		if resp := next(&v.upload); resp != nil {
			return resp, nil
		}
		name := path[strings.LastIndexByte(path, '/')+1:]
		if _, again := v.audio[name]; !again {
			v.names = append(v.names, name)
		}
		v.audio[name] = sent.body
		return reply(200, fmt.Sprintf(`{"session_id":"ses_1","success":true,"original_filename":%q}`, name)), nil
	case r.Method == "POST" && path == "/voice/v1/sessions/ses_1/end":
		if resp := next(&v.end); resp != nil {
			return resp, nil
		}
		names, _ := json.Marshal(v.names)
		return reply(202, fmt.Sprintf(`{"session_id":"ses_1","status":"processing","audio_files_received":%d,"audio_files":%s}`,
			len(v.names), names)), nil
	case r.Method == "POST" && strings.HasPrefix(path, "/voice/v1/sessions/ses_1/process/template/"):
		return reply(202, `{"session_id":"ses_1","template_id":"tpl-2","document_id":"doc-9","status":"processing"}`), nil
	case r.Method == "GET" && path == "/voice/v1/sessions/ses_1":
		if len(v.looks) > 1 {
			return next(&v.looks), nil
		}
		return v.looks[0], nil
	}
	return reply(404, `{"error":{"code":"resource_not_found","message":"?"}}`), nil
}

func (v *scribeVendor) open(t *testing.T, upload ekacare.ScribeUploadType) *ekacare.ScribeRecording {
	t.Helper()
	r, err := v.client(t).ScribeSessions.Open(t.Context(), &ekacare.ScribeSessionCreate{UploadType: upload, Templates: []string{"tpl-1"}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func webm(content string) caremux.File {
	return caremux.File{Name: "piece.webm", ContentType: "audio/webm", Content: strings.NewReader(content)}
}

// piped is a reader of which the size is not known.
func piped(content string) io.Reader { return iotest.OneByteReader(strings.NewReader(content)) }

func TestRecordingSendsPiecesInSequence(t *testing.T) {
	v := newScribeVendor()
	r := v.open(t, ekacare.ScribeUploadTypeChunked)
	for i, audio := range []caremux.File{
		webm("one"), {Name: "two.WEBM", Content: piped("two")}, {Name: "a/b.c.mp3", Content: bytes.NewBufferString("three")},
	} {
		receipt, err := r.Upload(t.Context(), audio)
		if err != nil || r.Uploaded() != i+1 || !strings.HasPrefix(receipt.OriginalFilename, fmt.Sprintf("audio_%d.", i)) {
			t.Fatalf("upload %d: %+v, %d uploaded (%v)", i, receipt, r.Uploaded(), err)
		}
	}
	ended, err := r.End(t.Context())
	if err != nil || *ended.AudioFilesReceived != 3 {
		t.Fatalf("end: %+v (%v)", ended, err)
	}
	var lines []string
	for _, s := range v.requests() {
		lines = append(lines, s.method+" "+s.path+" "+s.header.Get("Content-Type")+" "+s.body)
	}
	want := []string{
		`POST /voice/v1/sessions application/json {"templates":["tpl-1"],"upload_type":"chunked"}`,
		`POST /voice/v1/sessions/ses_1/audio/audio_0.webm application/octet-stream one`,
		`POST /voice/v1/sessions/ses_1/audio/audio_1.webm application/octet-stream two`,
		`POST /voice/v1/sessions/ses_1/audio/audio_2.mp3 application/octet-stream three`,
		`POST /voice/v1/sessions/ses_1/end application/json {"audio_files_sent":3}`,
	}
	if !slices.Equal(lines, want) {
		t.Errorf("sent\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
	if r.SessionID() != "ses_1" || r.UploadURL() != "wss://audio.example/ses_1" || r.Session().Status != "created" {
		t.Errorf("recording of %s, %s, %+v", r.SessionID(), r.UploadURL(), r.Session())
	}
}

func TestOutOfTurnFailsBeforeAnythingIsSent(t *testing.T) {
	for _, tt := range []struct {
		name string
		does func(t *testing.T, r *ekacare.ScribeRecording) error
		want error
	}{
		{"end without audio", func(t *testing.T, r *ekacare.ScribeRecording) error {
			_, err := r.End(t.Context())
			return err
		}, ekacare.ErrScribeNoAudio},
		{"wait before the end", func(t *testing.T, r *ekacare.ScribeRecording) error {
			_, err := r.Wait(t.Context(), nil)
			return err
		}, ekacare.ErrScribeSessionOpen},
		{"upload after the end", func(t *testing.T, r *ekacare.ScribeRecording) error {
			_, err1 := r.Upload(t.Context(), webm("x"))
			_, err2 := r.End(t.Context())
			_, err := r.Upload(t.Context(), webm("y"))
			return errors.Join(err1, err2, err)
		}, ekacare.ErrScribeSessionEnded},
		{"end twice", func(t *testing.T, r *ekacare.ScribeRecording) error {
			_, err1 := r.Upload(t.Context(), webm("x"))
			_, err2 := r.End(t.Context())
			_, err := r.End(t.Context())
			return errors.Join(err1, err2, err)
		}, ekacare.ErrScribeSessionEnded},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := newScribeVendor()
			r := v.open(t, ekacare.ScribeUploadTypeChunked)
			if err := tt.does(t, r); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if sent := v.requests(); len(sent) > 1 && (len(sent) != 3 || v.to("/end") != 1) {
				t.Errorf("%d requests were sent", len(sent))
			}
		})
	}
}

func TestAudioIsCheckedBeforeItIsSent(t *testing.T) {
	large := strings.Repeat("x", ekacare.MaxScribeAudioSize+1)
	for _, tt := range []struct {
		name   string
		upload ekacare.ScribeUploadType
		audio  caremux.File
		field  string // "" if it is sent
	}{
		{"no extension", ekacare.ScribeUploadTypeChunked, caremux.File{Name: "audio", Content: piped("x")}, "audio.Name"},
		{"unknown format", ekacare.ScribeUploadTypeChunked, caremux.File{Name: "a.flac", Content: piped("x")}, "audio.Name"},
		{"no content", ekacare.ScribeUploadTypeChunked, caremux.File{Name: "a.wav"}, "audio.Content"},
		{"empty", ekacare.ScribeUploadTypeChunked, webm(""), "audio.Content"},
		{"empty of unknown size", ekacare.ScribeUploadTypeChunked, caremux.File{Name: "a.wav", Content: piped("")}, "audio.Content"},
		{"broken from the start", ekacare.ScribeUploadTypeChunked, caremux.File{
			Name: "a.wav", Content: iotest.ErrReader(io.ErrNoProgress),
		}, "audio.Content"},
		{"too large for single", ekacare.ScribeUploadTypeSingle, webm(large), "audio.Content"},
		{"as large as single may be", ekacare.ScribeUploadTypeSingle, webm(large[1:]), ""},
		{"large piece", ekacare.ScribeUploadTypeChunked, webm(large), ""},
		{"stream", ekacare.ScribeUploadTypeStream, webm("x"), "audio"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := newScribeVendor()
			r := v.open(t, tt.upload)
			_, err := r.Upload(t.Context(), tt.audio)
			var argument *caremux.ArgumentError
			switch {
			case tt.field == "":
				if err != nil || len(v.audio) != 1 {
					t.Errorf("%d files arrived (%v)", len(v.audio), err)
				}
			case !errors.As(err, &argument) || argument.Field != tt.field || argument.Operation != "ScribeSessions.Upload":
				t.Errorf("got %v, want an error of %s", err, tt.field)
			case len(v.requests()) != 1 || r.Uploaded() != 0:
				t.Errorf("%d requests were sent", len(v.requests()))
			}
		})
	}
}

func TestAudioThatDoesNotComeEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newScribeVendor()
		r := v.open(t, ekacare.ScribeUploadTypeChunked)
		microphone, speaker := io.Pipe()
		defer speaker.Close()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		_, err := r.Upload(ctx, caremux.File{Name: "a.webm", Content: microphone})
		if e := wantError(t, err, 0); !errors.Is(err, context.DeadlineExceeded) || e.MaybeApplied() ||
			e.Operation != "ScribeSessions.Upload" {
			t.Errorf("error %v", err)
		}
		if took := time.Since(start); took != time.Minute || len(v.requests()) != 1 {
			t.Errorf("%d requests in %v", len(v.requests()), took)
		}
		// With a context that has ended, nothing is taken from the content.
		content := strings.NewReader("sound")
		if _, err := r.Upload(ctx, caremux.File{
			Name: "a.webm", Content: iotest.OneByteReader(content),
		}); !errors.Is(err, context.DeadlineExceeded) || content.Len() != 5 {
			t.Errorf("%d bytes left (%v)", content.Len(), err)
		}
	})
}

func TestSingleOfUnknownSizeStopsAtItsLimit(t *testing.T) {
	for _, tt := range []struct {
		name string
		size int64
		ok   bool
	}{
		{"at the limit", ekacare.MaxScribeAudioSize, true},
		{"beyond it", ekacare.MaxScribeAudioSize + 1, false},
		{"without end", 1 << 60, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := newScribeVendor()
			read := int64(0)
			v.answer = func(r *http.Request, n int) (*http.Response, error) {
				if !strings.Contains(r.URL.Path, "/audio/") {
					return v.serve(r, n)
				}
				return reply(200, `{"success":true}`), nil
			}
			r, err := v.client(t, caremux.WithMiddleware(counting(&read))).ScribeSessions.Open(t.Context(),
				&ekacare.ScribeSessionCreate{UploadType: "single"})
			if err != nil {
				t.Fatal(err)
			}
			_, err = r.Upload(t.Context(), caremux.File{Name: "a.wav", Content: struct{ io.Reader }{io.LimitReader(zeros{}, tt.size)}})
			var argument *caremux.ArgumentError
			if tt.ok && (err != nil || read != tt.size) || !tt.ok && (!errors.As(err, &argument) ||
				argument.Field != "Content" || read > ekacare.MaxScribeAudioSize) {
				t.Errorf("%d bytes left (%v)", read, err)
			}
		})
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// counting reads bodies as a connection would: an error of the content is the error of the call.
func counting(read *int64) func(http.RoundTripper) http.RoundTripper {
	return func(next http.RoundTripper) http.RoundTripper {
		return roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.Body != nil && strings.Contains(r.URL.Path, "/audio/") {
				n, err := io.Copy(io.Discard, r.Body)
				*read = n
				if err != nil {
					return nil, err
				}
				r = r.Clone(r.Context())
				r.Body = nil
			}
			return next.RoundTrip(r)
		})
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestSingleTakesOneFile(t *testing.T) {
	v := newScribeVendor()
	r := v.open(t, ekacare.ScribeUploadTypeSingle)
	if _, err := r.Upload(t.Context(), webm("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Upload(t.Context(), webm("y")); !errors.Is(err, caremux.ErrInvalid) || len(v.requests()) != 2 {
		t.Errorf("got %v after %d requests", err, len(v.requests()))
	}
}

func TestUploadIsRepeatedUnderItsName(t *testing.T) {
	v := newScribeVendor()
	v.upload = []*http.Response{reply(502, ""), nil, reply(502, ""), nil}
	fast := caremux.WithCallRetry(caremux.RetryPolicy{MinWait: 1, MaxWait: 1})
	r := v.open(t, ekacare.ScribeUploadTypeChunked)
	if _, err := r.Upload(t.Context(), webm("one"), fast); err != nil {
		t.Fatal(err)
	}
	// What can be read only once is not sent again by itself; the caller does so, under the same name.
	_, err := r.Upload(t.Context(), caremux.File{Name: "x.webm", Content: piped("two")}, fast)
	if e := wantError(t, err, 502); e.Attempts != 1 || !e.MaybeApplied() || r.Uploaded() != 1 {
		t.Errorf("%v, %d uploaded", e, r.Uploaded())
	}
	if _, err := r.Upload(t.Context(), webm("two")); err != nil {
		t.Fatal(err)
	}
	if v.to("/audio_0.webm") != 2 || v.to("/audio_1.webm") != 2 || v.audio["audio_0.webm"] != "one" || v.audio["audio_1.webm"] != "two" {
		t.Errorf("arrived %v", v.audio)
	}
}

func TestAudioIsStreamed(t *testing.T) {
	arrived := make(chan string, 1)
	whole := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if !strings.HasSuffix(r.URL.Path, "/audio/audio_0.wav") {
			_, _ = io.WriteString(w, `{"session_id":"ses_1"}`)
			return
		}
		first := make([]byte, 5)
		_, _ = io.ReadFull(r.Body, first)
		arrived <- string(first)
		rest, _ := io.ReadAll(r.Body)
		whole = string(first) + string(rest)
		_, _ = io.WriteString(w, `{"success":true}`)
	}))
	t.Cleanup(server.Close)
	c, err := ekacare.New(credentials, caremux.WithBaseURL(server.URL), caremux.WithTokenSource(caremux.StaticToken("tok")))
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.ScribeSessions.Open(t.Context(), &ekacare.ScribeSessionCreate{UploadType: ekacare.ScribeUploadTypeSingle})
	if err != nil {
		t.Fatal(err)
	}
	content, microphone := io.Pipe()
	go func() {
		_, _ = io.WriteString(microphone, "first")
		// The rest is spoken when the server has the beginning.
		_, _ = io.WriteString(microphone, " after "+<-arrived)
		_ = microphone.Close()
	}()
	if _, err := r.Upload(t.Context(), caremux.File{Name: "live.wav", Content: content},
		caremux.WithCallTimeout(10*time.Second)); err != nil || whole != "first after first" {
		t.Errorf("arrived %q (%v)", whole, err)
	}
}

func TestEndTellsWhatDidNotArrive(t *testing.T) {
	for _, tt := range []struct {
		name, answer string
		want         *ekacare.ScribeAudioLostError
	}{
		{"all named", `{"audio_files_received":2,"audio_files":["audio_1.webm","audio_0.webm"]}`, nil},
		{"more than sent", `{"audio_files_received":3,"audio_files":["audio_0.webm","audio_1.webm","audio_2.webm"]}`, nil},
		{"nothing said", `{"status":"success"}`, nil},
		{"one not named", `{"audio_files":["audio_1.webm"]}`, &ekacare.ScribeAudioLostError{
			Sent: 2, Received: 1, Missing: []string{"audio_0.webm"},
		}},
		{"another instead", `{"audio_files_received":2,"audio_files":["audio_0.webm","audio_2.webm"]}`,
			&ekacare.ScribeAudioLostError{Sent: 2, Received: 2, Missing: []string{"audio_1.webm"}}},
		{"none", `{"audio_files":[],"audio_files_received":0}`,
			&ekacare.ScribeAudioLostError{Sent: 2, Missing: []string{"audio_0.webm", "audio_1.webm"}}},
		{"a count alone", `{"audio_files_received":1}`, &ekacare.ScribeAudioLostError{Sent: 2, Received: 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := newScribeVendor()
			v.end = []*http.Response{reply(202, tt.answer)}
			r := v.open(t, ekacare.ScribeUploadTypeChunked)
			for range 2 {
				if _, err := r.Upload(t.Context(), webm("x")); err != nil {
					t.Fatal(err)
				}
			}
			ended, err := r.End(t.Context())
			var lost *ekacare.ScribeAudioLostError
			if ended == nil || errors.As(err, &lost) != (tt.want != nil) || tt.want == nil && err != nil {
				t.Fatalf("ended %+v, %v", ended, err)
			}
			if tt.want != nil && (lost.Sent != tt.want.Sent || lost.Received != tt.want.Received ||
				!slices.Equal(lost.Missing, tt.want.Missing)) {
				t.Errorf("got %+v, want %+v", lost, tt.want)
			}
			if tt.want != nil && !strings.Contains(err.Error(), fmt.Sprintf("lacks %d of 2 ", max(len(tt.want.Missing), 1))) {
				t.Errorf("text %q", err)
			}
			if _, err := r.End(t.Context()); !errors.Is(err, ekacare.ErrScribeSessionEnded) {
				t.Errorf("ended again: %v", err)
			}
		})
	}
}

func TestEndOfWhichTheAnswerGotLostCanBeRepeated(t *testing.T) {
	v := newScribeVendor()
	v.end = []*http.Response{reply(502, ""), nil}
	v.looks = []*http.Response{reply(200, `{"session_id":"ses_1"}`)}
	r := v.open(t, ekacare.ScribeUploadTypeChunked)
	if _, err := r.Upload(t.Context(), webm("x")); err != nil {
		t.Fatal(err)
	}
	_, err := r.End(t.Context())
	if e := wantError(t, err, 502); !e.MaybeApplied() || v.to("/end") != 1 {
		t.Errorf("%v after %d requests", e, v.to("/end"))
	}
	if result, err := r.Wait(t.Context(), nil); err != nil || result.State != ekacare.ScribeStateDone {
		t.Errorf("wait: %+v (%v)", result, err)
	}
	if _, err := r.End(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestResumeGoesOnAfterTheLastFile(t *testing.T) {
	for _, tt := range []struct {
		name, answer string
		status       int
		next         string
		sent         string // at the end
		want         error  // of the upload
	}{
		{"named", `{"audio_files_received":2,"audio_files":["audio_1.webm","audio_0.webm"]}`, 202,
			"audio_2.webm", `{"audio_files_sent":3}`, nil},
		{"counted", `{"audio_files_received":3}`, 202, "audio_3.webm", `{"audio_files_sent":4}`, nil},
		{"none", `{"audio_files":[]}`, 202, "audio_0.webm", `{"audio_files_sent":1}`, nil},
		{"none, counted", `{"audio_files_received":0}`, 202, "audio_0.webm", `{"audio_files_sent":1}`, nil},
		{"open, told by 200", `{"status":"created","audio_files":["audio_0.webm"],"audio_files_received":1}`, 200,
			"audio_1.webm", `{"audio_files_sent":2}`, nil},
		{"done", `{"audio_files":["audio_0.webm"],"templates":[{"t":{}}]}`, 200, "", "", ekacare.ErrScribeSessionEnded},
		{"done in part", `{"audio_files":["audio_0.webm"],"transcript":"Hello"}`, 206, "", "", ekacare.ErrScribeSessionEnded},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := newScribeVendor()
			v.looks = []*http.Response{reply(tt.status, tt.answer)}
			v.end = []*http.Response{reply(202, `{"status":"success"}`)}
			r, err := v.client(t).ScribeSessions.Resume(t.Context(), "ses_1", ekacare.ScribeUploadTypeChunked)
			if err != nil {
				t.Fatal(err)
			}
			_, err = r.Upload(t.Context(), webm("x"))
			_, endErr := r.End(t.Context())
			if !errors.Is(err, tt.want) || !errors.Is(endErr, tt.want) {
				t.Fatalf("upload: %v, end: %v, want %v", err, endErr, tt.want)
			}
			if sent := v.requests(); tt.want == nil && (!strings.HasSuffix(sent[1].path, "/"+tt.next) || sent[2].body != tt.sent) {
				t.Errorf("sent %s, then %s", sent[1].path, sent[2].body)
			}
		})
	}
	t.Run("expired", func(t *testing.T) {
		v := newScribeVendor()
		v.looks = []*http.Response{reply(410,
			`{"session_id":"ses_1","status":"expired","message":"too late","audio_files_received":2,"templates":{}}`)}
		_, err := v.client(t).ScribeSessions.Resume(t.Context(), "ses_1", ekacare.ScribeUploadTypeChunked)
		e := wantError(t, err, 410)
		details, _ := e.Details.(*ekacare.ScribeSessionExpired)
		if !errors.Is(err, ekacare.ErrScribeSessionExpired) || !errors.Is(err, caremux.ErrNotFound) ||
			details == nil || *details.AudioFilesReceived != 2 {
			t.Errorf("got %v with %+v", err, e.Details)
		}
	})
}

func TestSessionIDIsCheckedBeforeSending(t *testing.T) {
	v := newScribeVendor()
	_, err := v.client(t).ScribeSessions.Open(t.Context(), &ekacare.ScribeSessionCreate{UploadType: "single", SessionID: new("too-short")})
	_, err2 := v.client(t).ScribeSessions.Open(t.Context(), &ekacare.ScribeSessionCreate{
		UploadType: "single", Templates: []string{"a", "b", "c"},
	})
	if !errors.Is(err, caremux.ErrInvalid) || !errors.Is(err2, caremux.ErrInvalid) || len(v.requests()) != 0 {
		t.Errorf("got %v and %v", err, err2)
	}
}

func TestStreamedSessionEndsWithoutACount(t *testing.T) {
	v := newScribeVendor()
	r := v.open(t, ekacare.ScribeUploadTypeStream)
	if _, err := r.End(t.Context()); err != nil {
		t.Fatal(err)
	}
	if sent := v.requests(); sent[1].body != `{}` {
		t.Errorf("sent %s", sent[1].body)
	}
}

func TestAnswerThatIsNoReceipt(t *testing.T) {
	v := newScribeVendor()
	v.upload = []*http.Response{reply(200, `{"session_id":"ses_1","success":false}`), nil}
	r := v.open(t, ekacare.ScribeUploadTypeChunked)
	if _, err := r.Upload(t.Context(), webm("x")); err == nil || r.Uploaded() != 0 {
		t.Errorf("got %v, %d uploaded", err, r.Uploaded())
	}
	v.answer = always(201, `{"status":"created"}`).answer
	if _, err := v.client(t).ScribeSessions.Open(t.Context(),
		&ekacare.ScribeSessionCreate{UploadType: "chunked"}); !errors.Is(err, caremux.ErrUnreadable) {
		t.Errorf("session without an id: %v", err)
	}
}

// FuzzScribeResume: whatever names the vendor lists, the next file is none of them.
func FuzzScribeResume(f *testing.F) {
	for _, name := range []string{"audio_0.webm", "audio_12.mp3", "audio_-1.webm", "_5", "audio.webm",
		"audio_99999999999999999999.wav", "a_b_3.c_4.ogg", ""} {
		f.Add(name, "audio_1.webm", 2)
	}
	f.Fuzz(func(t *testing.T, one, other string, count int) {
		v := newScribeVendor()
		answer, _ := json.Marshal(map[string]any{"audio_files": []string{one, other}, "audio_files_received": count})
		v.looks = []*http.Response{reply(202, string(answer))}
		r, err := v.client(t).ScribeSessions.Resume(t.Context(), "ses_1", ekacare.ScribeUploadTypeChunked)
		if err != nil {
			if !errors.Is(err, ekacare.ErrScribeAudioUnknown) {
				t.Fatal(err)
			}
			return
		}
		if _, err := r.Upload(t.Context(), webm("x")); err != nil {
			if !errors.As(err, new(*ekacare.ScribeGapError)) || len(v.requests()) != 1 {
				t.Fatal(err)
			}
			return
		}
		sent := v.requests()[1].path
		if name := sent[strings.LastIndexByte(sent, '/')+1:]; name == one || name == other {
			t.Errorf("%s is sent again after %q and %q", name, one, other)
		}
	})
}
