package ekalive_test

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
	"time"

	"github.com/coder/websocket"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekalive"
	"github.com/caremux/caremux/ekacare/ekalive/ekalivetest"
)

func chatSession(id string) *ekacare.MedAssistSession {
	return &ekacare.MedAssistSession{SessionID: id, SessionToken: "t0ken-" + id}
}

func converse(t testing.TB, fake *ekalivetest.MedAssist, id string, opts ...ekalive.Option) *ekalive.Conversation {
	t.Helper()
	opts = append([]ekalive.Option{ekalive.WithMedAssistURL(fake.URL)}, opts...)
	c, err := ekalive.OpenMedAssist(t.Context(), chatSession(id), opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// hear reads a reply and returns its messages and the error at the end.
func hear(t testing.TB, c *ekalive.Conversation) (messages []ekalive.Message, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for m, err := range c.Reply(ctx) {
		if err != nil {
			return messages, err
		}
		messages = append(messages, m)
	}
	return messages, nil
}

func replying(fake *ekalivetest.MedAssist, frames ...string) {
	fake.Reply(func(string, ekalivetest.UserMessage) []string { return frames })
}

func TestAReplyArrivesInPieces(t *testing.T) {
	fake := ekalivetest.NewMedAssist(t)
	c := converse(t, fake, "s-1")
	for _, text := range []string{"Is it a cold?", "<b> & \u2028"} {
		id, err := c.SendText(t.Context(), ekalive.UserText{Text: text})
		if err != nil {
			t.Fatal(err)
		}
		messages, err := hear(t, c)
		var reply string
		for _, m := range messages {
			if piece, ok := m.(*ekalive.Piece); ok {
				reply += piece.Text
			}
		}
		if err != nil || reply != "You said: "+text || len(messages) != 3 {
			t.Errorf("%q, %d messages, %v", reply, len(messages), err)
		}
		sent := fake.Messages("s-1")
		if last := sent[len(sent)-1]; last.ID != id || last.Event != "chat" || last.ContentType != "text" {
			t.Errorf("sent %+v", last)
		}
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if _, err := c.SendText(t.Context(), ekalive.UserText{Text: "x"}); !errors.Is(err, ekalive.ErrClosed) {
		t.Errorf("sent after the end: %v", err)
	}
	if _, err := hear(t, c); !errors.Is(err, ekalive.ErrClosed) {
		t.Errorf("read after the end: %v", err)
	}
}

func TestWhatIsSentHasTheVendorsLayout(t *testing.T) {
	fake := ekalivetest.NewMedAssist(t)
	c := converse(t, fake, "page")
	widget := converse(t, fake, "widget", ekalive.WithStreamedAudio())
	multi := &ekalive.Choices{Choices: []string{"cough", "fever"}, Multiple: true, ToolUseID: "tool-2"}
	for _, tt := range []struct {
		session, want string
		send          func(context.Context) (string, error)
	}{
		{"page", `chat text {"text":"hi"}`, func(ctx context.Context) (string, error) {
			return c.SendText(ctx, ekalive.UserText{Text: "hi"})
		}},
		{"page", `chat text {"text":"","tool_use_id":"tool-1","hidden":true,"tool_use_params":{"mobile":"1"}}`,
			func(ctx context.Context) (string, error) {
				params := map[string]any{"mobile": "1"}
				return c.SendText(ctx, ekalive.UserText{ToolUseID: "tool-1", Hidden: true, ToolUseParams: params})
			}},
		{"page", `chat text {"text":"fever, cough","tool_use_id":"tool-2"}`, func(ctx context.Context) (string, error) {
			return c.Choose(ctx, multi, "fever", "cough")
		}},
		{"page", `chat audio {"audio":"AAEC","audio_format":"audio/mp3"}`, func(ctx context.Context) (string, error) {
			return c.SendAudio(ctx, "audio/mp3", []byte{0, 1, 2})
		}},
		{"widget", `stream audio {"audio":"AAEC","format":"audio/mp3"}`, func(ctx context.Context) (string, error) {
			return widget.SendAudio(ctx, "audio/mp3", []byte{0, 1, 2})
		}},
	} {
		id, err := tt.send(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := hear(t, map[string]*ekalive.Conversation{"page": c, "widget": widget}[tt.session]); err != nil {
			t.Fatal(err)
		}
		sent := fake.Messages(tt.session)
		last := sent[len(sent)-1]
		if got := fmt.Sprintf("%s %s %s", last.Event, last.ContentType, last.Data); got != tt.want || last.ID != id {
			t.Errorf("sent %s\nwant %s", got, tt.want)
		}
	}
}

func TestWhatCannotBeSentIsAnArgumentError(t *testing.T) {
	fake := ekalivetest.NewMedAssist(t)
	c := converse(t, fake, "s-1")
	pill := &ekalive.Choices{Choices: []string{"yes", "no"}}
	file := func(name string, content io.Reader) func(context.Context) (string, error) {
		return func(ctx context.Context) (string, error) {
			return c.SendFile(ctx, caremux.File{Name: name, Content: content}, "")
		}
	}
	for name, send := range map[string]func(context.Context) (string, error){
		"no text": func(ctx context.Context) (string, error) { return c.SendText(ctx, ekalive.UserText{}) },
		"not UTF-8": func(ctx context.Context) (string, error) {
			return c.SendText(ctx, ekalive.UserText{Text: "\xff"})
		},
		"no choices":    func(ctx context.Context) (string, error) { return c.Choose(ctx, nil, "yes") },
		"no choice":     func(ctx context.Context) (string, error) { return c.Choose(ctx, pill) },
		"two choices":   func(ctx context.Context) (string, error) { return c.Choose(ctx, pill, "yes", "no") },
		"another":       func(ctx context.Context) (string, error) { return c.Choose(ctx, pill, "perhaps") },
		"no audio":      func(ctx context.Context) (string, error) { return c.SendAudio(ctx, "audio/mp3", nil) },
		"no media type": func(ctx context.Context) (string, error) { return c.SendAudio(ctx, "mp3", []byte{1}) },
		"parameters that are not JSON": func(ctx context.Context) (string, error) {
			return c.SendText(ctx, ekalive.UserText{Text: "x", ToolUseParams: map[string]any{"x": func() {}}})
		},
		"a file of another type": file("x.exe", strings.NewReader("x")),
		"a file without content": file("x.pdf", nil),
		"an empty file":          file("x.pdf", strings.NewReader("")),
	} {
		if _, err := send(t.Context()); !errors.As(err, new(*caremux.ArgumentError)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, session := range map[string]*ekacare.MedAssistSession{
		"no session": nil, "no id": {SessionToken: "x"}, "dots": {SessionID: "..", SessionToken: "x"},
		"no token": {SessionID: "x"},
	} {
		if _, err := ekalive.OpenMedAssist(t.Context(), session); !errors.As(err, new(*caremux.ArgumentError)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	exposed := ekalive.WithMedAssistURL("ws://eka.example/")
	if _, err := ekalive.OpenMedAssist(t.Context(), chatSession("x"), exposed); !errors.As(err, new(*caremux.ArgumentError)) {
		t.Errorf("in the clear: %v", err)
	}
	if got := fake.Messages("s-1"); len(got) != 0 {
		t.Errorf("sent %d messages", len(got))
	}
}

func TestAReplyEndsWhereItIsTheUsersTurn(t *testing.T) {
	fake := ekalivetest.NewMedAssist(t)
	c := converse(t, fake, "s-1")
	pieces := ekalivetest.Pieces("How long?")
	fake.Reply(func(_ string, m ekalivetest.UserMessage) []string {
		if bytes.Contains(m.Data, []byte("tool-7")) {
			return ekalivetest.Pieces("Thank you")
		}
		return []string{pieces[0], ekalivetest.Pill("tool-7", "a day", "a week"), pieces[1]}
	})
	if _, err := c.SendText(t.Context(), ekalive.UserText{Text: "cough"}); err != nil {
		t.Fatal(err)
	}
	messages, err := hear(t, c)
	if err != nil || len(messages) != 2 {
		t.Fatalf("%d messages, %v", len(messages), err)
	}
	choices, ok := messages[1].(*ekalive.Choices)
	if !ok || choices.Multiple || choices.FreeText || !slices.Equal(choices.Choices, []string{"a day", "a week"}) {
		t.Fatalf("%s", messages[1].Raw())
	}
	if _, err := c.Choose(t.Context(), choices, "a week"); err != nil {
		t.Fatal(err)
	}
	messages, err = hear(t, c)
	if err != nil || len(messages) != 2 || messages[0].(*ekalive.Piece).Text != "Thank you" {
		t.Errorf("%d messages, %v", len(messages), err)
	}
}

func TestAFileIsStoredAndThenSent(t *testing.T) {
	fake := ekalivetest.NewMedAssist(t)
	c := converse(t, fake, "s-1")
	for name, content := range map[string]io.Reader{
		"report.PDF": strings.NewReader("content"),
		"scan.jpg":   io.MultiReader(strings.NewReader("con"), strings.NewReader("tent")), // of unknown length
	} {
		id, err := c.SendFile(t.Context(), caremux.File{Name: name, Content: content}, "my "+name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := hear(t, c); err != nil {
			t.Fatal(err)
		}
		sent := fake.Messages("s-1")
		last := sent[len(sent)-1]
		var data struct{ URL, Text string }
		err = json.Unmarshal(last.Data, &data)
		if err != nil || last.ID != id || last.ContentType != "file" || data.Text != "my "+name {
			t.Errorf("sent %+v, %v", last, err)
		}
		path := data.URL[strings.Index(data.URL, "/blobs/"):strings.Index(data.URL, "?")]
		stored := fake.Files()[path]
		want := map[string]string{"report.PDF": "application/pdf", "scan.jpg": "image/jpeg"}[name]
		if string(stored.Content) != "content" || stored.ContentType != want {
			t.Errorf("stored %q as %s", stored.Content, stored.ContentType)
		}
	}
}

func TestAFileThatCannotBeStoredIsAnErrorAndTheConversationGoesOn(t *testing.T) {
	fake := ekalivetest.NewMedAssist(t)
	broken := &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodPut {
			return &http.Response{StatusCode: http.StatusForbidden, Body: http.NoBody, Request: r}, nil
		}
		return http.DefaultTransport.RoundTrip(r)
	})}
	c := converse(t, fake, "s-1", ekalive.WithHTTPClient(broken))
	_, err := c.SendFile(t.Context(), caremux.File{Name: "x.pdf", Content: strings.NewReader("x")}, "")
	var e *ekalive.UploadError
	if !errors.As(err, &e) || e.Status != http.StatusForbidden || strings.Contains(err.Error(), "http") {
		t.Errorf("%v", err)
	}
	if _, err := c.SendText(t.Context(), ekalive.UserText{Text: "x"}); err != nil {
		t.Error(err)
	}
	if _, err := hear(t, c); err != nil || len(fake.Messages("s-1")) != 1 {
		t.Errorf("%v, %d messages", err, len(fake.Messages("s-1")))
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestATokenThatIsNotTakenIsAnErrorOfTheOpening(t *testing.T) {
	for name, tt := range map[string]struct {
		set  func(*ekalivetest.MedAssist)
		want error
	}{
		"expired":    {func(s *ekalivetest.MedAssist) { s.ExpireToken("t0ken-s-1") }, ekalive.ErrSessionExpired},
		"of another": {func(s *ekalivetest.MedAssist) { s.SetToken("s-1", "other") }, caremux.ErrUnauthorized},
		"no session": {func(s *ekalivetest.MedAssist) { s.Forget("s-1") }, caremux.ErrNotFound},
	} {
		fake := ekalivetest.NewMedAssist(t)
		tt.set(fake)
		_, err := ekalive.OpenMedAssist(t.Context(), chatSession("s-1"), ekalive.WithMedAssistURL(fake.URL))
		var e *ekalive.OpenError
		if !errors.As(err, &e) || !errors.Is(err, tt.want) || strings.Contains(fmt.Sprintf("%+v %#v", err, err), "t0ken") {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := ekalive.OpenMedAssist(t.Context(), chatSession("s-1"), ekalive.WithMedAssistURL("ws://127.0.0.1:1/c4nary"))
	if !errors.As(err, new(*ekalive.OpenError)) || strings.Contains(fmt.Sprintf("%+v %#v", err, err), "c4nary") {
		t.Errorf("no service: %v", err)
	}
}

func TestAConnectionThatIsClosedWhileItOpensIsAnErrorWithTheCode(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if conn, err := websocket.Accept(w, r, nil); err == nil {
			_ = conn.Close(websocket.StatusPolicyViolation, "c4nary")
		}
	}))
	defer srv.Close()
	base := ekalive.WithMedAssistURL("ws" + strings.TrimPrefix(srv.URL, "http"))
	_, err := ekalive.OpenMedAssist(t.Context(), chatSession("x"), base)
	var e *ekalive.OpenError
	if !errors.As(err, &e) || e.Code != 1008 || !errors.Is(err, ekalive.ErrSessionExpired) || strings.Contains(err.Error(), "c4nary") {
		t.Errorf("%v", err)
	}
	if errors.Is(err, ekalive.ErrLost) || errors.Is(err, ekalive.ErrRestart) {
		t.Errorf("%v is also another one", err)
	}
}

func TestACloseCodeIsATypedErrorWithWhatMayNotHaveArrived(t *testing.T) {
	sentinels := []error{ekalive.ErrSessionExpired, ekalive.ErrRestart, ekalive.ErrLost}
	for _, tt := range []struct {
		fault ekalivetest.Fault
		code  int
		is    error
	}{
		{ekalivetest.Fault{Close: 1000}, 1000, nil},
		{ekalivetest.Fault{Close: 1008}, 1008, ekalive.ErrSessionExpired},
		{ekalivetest.Fault{Close: 1012}, 1012, ekalive.ErrRestart},
		{ekalivetest.Fault{Close: 4003}, 4003, nil},
		{ekalivetest.Fault{Reset: true}, 0, ekalive.ErrLost},
		{ekalivetest.Fault{Stall: true}, 0, ekalive.ErrLost},
	} {
		fake := ekalivetest.NewMedAssist(t)
		tt.fault.After = 1
		fake.Fail("s-1", tt.fault)
		patience := 10 * time.Second
		if tt.fault.Stall {
			patience = time.Second
		}
		c := converse(t, fake, "s-1", ekalive.WithPing(10*time.Millisecond, patience))
		id, err := c.SendText(t.Context(), ekalive.UserText{Text: "c4nary"})
		if err != nil {
			t.Fatal(err)
		}
		if messages, err := hear(t, c); err != nil || len(messages) != 3 {
			t.Errorf("%+v: the reply before it: %d messages, %v", tt.fault, len(messages), err)
		}
		_, err = hear(t, c)
		var e *ekalive.ConversationError
		if !errors.As(err, &e) || e.Code != tt.code || strings.Contains(fmt.Sprintf("%+v %#v", err, err), "c4nary") {
			t.Errorf("%+v: %v", tt.fault, err)
			continue
		}
		for _, sentinel := range sentinels {
			if errors.Is(err, sentinel) != (sentinel == tt.is) {
				t.Errorf("%+v: %v and %v", tt.fault, err, sentinel)
			}
		}
		if !slices.Equal(e.Unconfirmed, []string{id}) {
			t.Errorf("%+v: unconfirmed %q", tt.fault, e.Unconfirmed)
		}
		if _, err := c.SendText(t.Context(), ekalive.UserText{Text: "x"}); !errors.As(err, &e) {
			t.Errorf("%+v: sent afterwards: %v", tt.fault, err)
		}
	}
}

func TestWhatAPongConfirmsIsNotInDoubt(t *testing.T) {
	fake := ekalivetest.NewMedAssist(t)
	fake.Fail("s-1", ekalivetest.Fault{After: 2, Reset: true})
	c := converse(t, fake, "s-1", ekalive.WithPing(time.Millisecond, 10*time.Second))
	if _, err := c.SendText(t.Context(), ekalive.UserText{Text: "first"}); err != nil {
		t.Fatal(err)
	}
	if _, err := hear(t, c); err != nil {
		t.Fatal(err)
	}
	ekalive.AwaitConfirmed(t.Context(), c)
	second, err := c.SendText(t.Context(), ekalive.UserText{Text: "second"})
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = hear(t, c)
	}
	var e *ekalive.ConversationError
	if !errors.As(err, &e) || !slices.Equal(e.Unconfirmed, []string{second}) {
		t.Errorf("%v", err)
	}
}

func TestAnErrorOfTheServiceEndsTheReplyAndNotTheConversation(t *testing.T) {
	fake := ekalivetest.NewMedAssist(t)
	c := converse(t, fake, "s-1")
	for _, tt := range []struct {
		frame string
		is    error
	}{
		{ekalivetest.Failure("server_error", "c4nary"), caremux.ErrServer},
		{ekalivetest.Failure("invalid_content", "c4nary"), caremux.ErrInvalid},
		{ekalivetest.Failure("c4nary", ""), nil},
		{`{"ev":"err","data":{"code":"session_not_found","msg":"c4nary"}}`, caremux.ErrNotFound},
		{`c4nary`, ekalive.ErrMalformed},
	} {
		replying(fake, append([]string{tt.frame}, ekalivetest.Pieces("on")...)...)
		if _, err := c.SendText(t.Context(), ekalive.UserText{Text: "x"}); err != nil {
			t.Fatal(err)
		}
		_, err := hear(t, c)
		leaks := strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), "c4nary")
		if err == nil || tt.is != nil && !errors.Is(err, tt.is) || leaks {
			t.Errorf("%s: %v", tt.frame, err)
		}
		if tt.is == nil && !errors.As(err, new(*ekalive.MedAssistError)) {
			t.Errorf("%s: %v", tt.frame, err)
		}
		if messages, err := hear(t, c); err != nil || len(messages) != 2 {
			t.Errorf("%s: afterwards %d messages, %v", tt.frame, len(messages), err)
		}
	}
}

func TestEveryWaitEndsWithItsContextAndTheConversationGoesOn(t *testing.T) {
	fake := ekalivetest.NewMedAssist(t)
	c := converse(t, fake, "s-1")
	gone, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	for _, err := range c.Messages(gone) {
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("messages: %v", err)
		}
	}
	if _, err := c.SendText(gone, ekalive.UserText{Text: "x"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("text: %v", err)
	}
	if _, err := c.SendText(t.Context(), ekalive.UserText{Text: "x"}); err != nil {
		t.Fatal(err)
	}
	if _, err := hear(t, c); err != nil || len(fake.Messages("s-1")) != 1 {
		t.Errorf("%v, %d messages", err, len(fake.Messages("s-1")))
	}

	silent := httptest.NewServer(http.HandlerFunc(silence))
	defer silent.Close()
	opening, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	base := ekalive.WithMedAssistURL("ws" + strings.TrimPrefix(silent.URL, "http"))
	_, err := ekalive.OpenMedAssist(opening, chatSession("x"), base)
	if !errors.As(err, new(*ekalive.OpenError)) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the opening: %v", err)
	}
}

func TestARefusedFileIsAnErrorOfItsCallAndAnUnclearOneOfBoth(t *testing.T) {
	for code, unclear := range map[string]bool{
		"invalid_file_request": false, "file_upload_inprogress": false, "server_error": true,
	} {
		fake := ekalivetest.NewMedAssist(t)
		fake.RefuseFiles(code)
		c := converse(t, fake, "s-1")
		file := func() error {
			_, err := c.SendFile(t.Context(), caremux.File{Name: "x.pdf", Content: strings.NewReader("x")}, "")
			return err
		}
		var e *ekalive.MedAssistError
		if err := file(); !errors.As(err, &e) || e.Code != code {
			t.Errorf("%s: %v", code, err)
		}
		if unclear {
			if _, err := hear(t, c); !errors.As(err, &e) || e.Code != code {
				t.Errorf("%s: read %v", code, err)
			}
		}
		fake.RefuseFiles("")
		if err := file(); unclear != errors.Is(err, ekalive.ErrUploadAbandoned) || !unclear && err != nil {
			t.Errorf("%s: the next file: %v", code, err)
		}
	}
}

func TestAFileThatIsGivenUpWhileItsAddressIsAwaitedStopsTheNextOne(t *testing.T) {
	fake := ekalivetest.NewMedAssist(t)
	fake.Fail("s-1", ekalivetest.Fault{Stall: true})
	c := converse(t, fake, "s-1", ekalive.WithPing(time.Hour, time.Hour))
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	file := func() caremux.File { return caremux.File{Name: "x.pdf", Content: strings.NewReader("x")} }
	if _, err := c.SendFile(ctx, file(), ""); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	if _, err := c.SendFile(t.Context(), file(), ""); !errors.Is(err, ekalive.ErrUploadAbandoned) {
		t.Errorf("%v", err)
	}
}

func TestMessagesThatNobodyReadWaitAndNoneIsLost(t *testing.T) {
	const many = 1000
	fake := ekalivetest.NewMedAssist(t)
	c := converse(t, fake, "s-1", ekalive.WithPing(time.Millisecond, time.Second))
	texts := make([]string, many)
	for i := range texts {
		texts[i] = fmt.Sprint(i, strings.Repeat(" ", 1000))
	}
	replying(fake, ekalivetest.Pieces(texts...)...)
	if _, err := c.SendText(t.Context(), ekalive.UserText{Text: "x"}); err != nil {
		t.Fatal(err)
	}
	ekalive.AwaitFull(t.Context(), c)
	ekalive.AwaitPing(t.Context(), c, 1100*time.Millisecond) // longer than the service may be silent
	messages, err := hear(t, c)
	if err != nil || len(messages) != many+1 {
		t.Fatalf("%d messages, %v", len(messages), err)
	}
	for i, m := range messages[:many] {
		if m.(*ekalive.Piece).Text != texts[i] {
			t.Fatalf("message %d is %s", i, m.Raw())
		}
	}
}

func TestMessagesPrintWithoutTheirContent(t *testing.T) {
	fake := ekalivetest.NewMedAssist(t)
	c := converse(t, fake, "s-1")
	replying(fake, ekalivetest.Pieces("c4nary")...)
	if _, err := c.SendText(t.Context(), ekalive.UserText{Text: "x"}); err != nil {
		t.Fatal(err)
	}
	messages, err := hear(t, c)
	if err != nil {
		t.Fatal(err)
	}
	piece := messages[0].(*ekalive.Piece)
	if text := fmt.Sprintf("%v %+v %#v %s %v", piece, piece, piece, piece, *piece); strings.Contains(text, "c4nary") {
		t.Error(text)
	}
	if text := fmt.Sprintf("%v %+v %#v %s", c, c, c, c); strings.Contains(text, "t0ken") {
		t.Error(text)
	}
	if !bytes.Contains(piece.Raw(), []byte("c4nary")) {
		t.Errorf("raw %s", piece.Raw())
	}
}
