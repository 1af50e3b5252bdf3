package ekacare_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/internal/cbchmac"
	"github.com/caremux/caremux/welkin"
)

const (
	sharedText      = "C4nary-16-bytes!"
	protectedPlain  = `{"alg":"dir","enc":"A128CBC-HS256"}`
	protectedBlanks = `{"alg": "dir", "enc": "A128CBC-HS256"}`
)

var encryptionKey = ekacare.EncryptionKey{ID: "key-1", Shared: sharedText}

// sealedBy is a response as the vendor's samples show it: three fields, of which the tag covers a header that is not sent.
func sealedBy(t testing.TB, body, protected string, wholeTag bool) string {
	t.Helper()
	covered, iv := base64.RawURLEncoding.EncodeToString([]byte(protected)), bytes.Repeat([]byte{3}, 16)
	ciphertext, tag, err := cbchmac.Seal([]byte(sharedText+sharedText), iv, []byte(body), []byte(covered))
	if err != nil {
		t.Fatal(err)
	}
	if wholeTag {
		mac := hmac.New(sha256.New, []byte(sharedText))
		for _, part := range [][]byte{[]byte(covered), iv, ciphertext, binary.BigEndian.AppendUint64(nil, uint64(8*len(covered)))} {
			mac.Write(part)
		}
		tag = mac.Sum(nil)
	}
	sealed, err := json.Marshal(map[string][]byte{"ciphertext": ciphertext, "iv": iv, "tag": tag})
	if err != nil {
		t.Fatal(err)
	}
	return string(sealed)
}

func sealed(t testing.TB, body string) string { return sealedBy(t, body, protectedPlain, false) }

// openedRequest is what a request contains, after its envelope and its headers were checked.
func openedRequest(t testing.TB, s seen) string {
	t.Helper()
	var jwe map[string]string
	if err := json.Unmarshal([]byte(s.body), &jwe); err != nil || len(jwe) != 5 || jwe["kid"] != "key-1" {
		t.Fatalf("the body of %s is no envelope: %s, %v", s.path, s.body, err)
	}
	if got := s.header.Get("X-Encryption"); got != "JWE" {
		t.Errorf("%s has X-Encryption %q", s.path, got)
	}
	if got := s.header.Get("Content-Type"); got != "application/json" {
		t.Errorf("%s has Content-Type %q", s.path, got)
	}
	part := func(name string) []byte {
		b, err := base64.RawURLEncoding.DecodeString(jwe[name])
		if err != nil {
			t.Fatal(name, err)
		}
		return b
	}
	plain, err := cbchmac.Open([]byte(sharedText+sharedText), part("iv"), part("ciphertext"), []byte(jwe["protected"]), part("tag"))
	if err != nil || string(part("protected")) != protectedPlain {
		t.Fatalf("the body of %s cannot be opened: %v", s.path, err)
	}
	return string(plain)
}

func encrypting(t testing.TB, nw *network, opts ...caremux.Option) *ekacare.Client {
	t.Helper()
	return nw.client(t, append([]caremux.Option{ekacare.WithEncryption(encryptionKey)}, opts...)...)
}

func TestRequestsAreSealedAndResponsesOpenedInEveryVariantOfTheSamples(t *testing.T) {
	for name, body := range map[string]string{
		"without blanks": sealedBy(t, `{"profile_id":"p-1"}`, protectedPlain, false),
		"with blanks":    sealedBy(t, `{"profile_id":"p-1"}`, protectedBlanks, false),
		"tag of 32":      sealedBy(t, `{"profile_id":"p-1"}`, protectedPlain, true),
		"both":           sealedBy(t, `{"profile_id":"p-1"}`, protectedBlanks, true),
		"with a mark":    "\ufeff " + sealed(t, `{"profile_id":"p-1"}`),
		"in the clear":   `{"profile_id":"p-1"}`,
	} {
		t.Run(name, func(t *testing.T) {
			nw := always(200, body)
			var resp caremux.Response
			var out struct {
				ProfileID string `json:"profile_id"`
			}
			in := map[string]string{"fln": canaryName}
			err := encrypting(t, nw).Do(t.Context(), "POST", "/profiles/v1/patient/", nil, in, &out, caremux.WithResponse(&resp))
			if err != nil || out.ProfileID != "p-1" {
				t.Fatalf("%+v, %v", out, err)
			}
			if got := openedRequest(t, nw.requests()[0]); got != `{"fln":"`+canaryName+`"}` {
				t.Errorf("sent %s", got)
			}
			if strings.Contains(nw.requests()[0].body, "Zanzibarra") {
				t.Error("the name is in the clear")
			}
			if got := strings.TrimPrefix(string(resp.Body), "\ufeff "); got != `{"profile_id":"p-1"}` {
				t.Errorf("Response.Body is %s", got)
			}
		})
	}
}

func TestADocumentIsUploadedAsSealedJSON(t *testing.T) {
	const content = "%PDF made up \x00\xff"
	for name, file := range map[string]io.Reader{
		"bytes":  strings.NewReader(content),
		"stream": iotest.OneByteReader(strings.NewReader(content)),
	} {
		nw := &network{answer: func(_ *http.Request, n int) (*http.Response, error) {
			if n == 1 {
				return reply(503, `{}`, "Retry-After", "0"), nil
			}
			return reply(200, sealed(t, `{"document_id":"d-1"}`)), nil
		}}
		c := encrypting(t, nw, caremux.WithRetry(caremux.RetryPolicy{MinWait: time.Millisecond, MaxWait: time.Millisecond}))
		up, err := c.For(patient).Records.Upload(t.Context(), &ekacare.RecordsUploadParams{Task: []ekacare.ParsingTask{"smart"}},
			&ekacare.RecordUpload{File: caremux.File{Name: "a.pdf", Content: file}})
		if err != nil || up.DocumentID != "d-1" {
			t.Fatalf("%s: %+v, %v", name, up, err)
		}
		requests := nw.requests()
		if len(requests) != 2 || requests[0].body != requests[1].body {
			t.Fatalf("%s: %d requests, of which the second differs", name, len(requests))
		}
		var form map[string][]byte
		err = json.Unmarshal([]byte(openedRequest(t, requests[1])), &form)
		if err != nil || len(form) != 1 || string(form["file"]) != content {
			t.Errorf("%s: %s, %v", name, form, err)
		}
		if requests[1].query.Get("task") != "smart" {
			t.Errorf("%s: the query is %v", name, requests[1].query)
		}
	}
}

func TestADocumentThatCannotBeReadIsNotSent(t *testing.T) {
	broken := errors.New("the disk is gone")
	upload := func(ctx context.Context, file io.Reader) (*network, error) {
		nw := always(200, `{"document_id":"d-1"}`)
		_, err := encrypting(t, nw).For(patient).Records.Upload(ctx, &ekacare.RecordsUploadParams{Task: []ekacare.ParsingTask{"smart"}},
			&ekacare.RecordUpload{File: caremux.File{Name: "a.pdf", Content: file}})
		return nw, err
	}
	nw, err := upload(t.Context(), iotest.ErrReader(broken))
	if !errors.Is(err, broken) || !errors.Is(err, caremux.ErrNotSent) || len(nw.requests()) != 0 {
		t.Errorf("a read that fails: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	hangs, _ := io.Pipe()
	time.AfterFunc(10*time.Millisecond, cancel)
	nw, err = upload(ctx, hangs)
	_ = hangs.Close()
	if !errors.Is(err, context.Canceled) || !errors.Is(err, caremux.ErrNotSent) || len(nw.requests()) != 0 {
		t.Errorf("a read that hangs: %v", err)
	}
	defer func() {
		if recover() == nil {
			t.Error("a panic of the content gets lost")
		}
	}()
	_, _ = upload(t.Context(), panicking{})
}

type panicking struct{}

func (panicking) Read([]byte) (int, error) { panic("made up") }

func TestWhatHasNoJSONBodyGoesWithoutTheHeader(t *testing.T) {
	nw := &network{answer: func(r *http.Request, _ int) (*http.Response, error) {
		if r.Method == http.MethodGet {
			return reply(200, sealed(t, `{"appointment_id":"a-1","status":"BK"}`)), nil
		}
		return reply(200, `{"session_id":"s-1","success":true}`), nil
	}}
	c := encrypting(t, nw)
	a, err := c.Appointments.Get(t.Context(), "a-1", nil)
	if err != nil || a.AppointmentID != "a-1" {
		t.Fatalf("%+v, %v", a, err)
	}
	_, err = c.ScribeSessions.UploadAudio(t.Context(), "s-1", "audio_0.webm", caremux.File{Content: strings.NewReader("sound")})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range nw.requests() {
		if got, ok := s.header["X-Encryption"]; ok {
			t.Errorf("%s has X-Encryption %q", s.path, got)
		}
	}
	if got := nw.requests()[1].body; got != "sound" {
		t.Errorf("audio is sent as %q", got)
	}
}

func TestLoginsGoInTheClearAndTheirTokenSealsNothing(t *testing.T) {
	nw := &network{answer: func(r *http.Request, _ int) (*http.Response, error) {
		if strings.HasPrefix(r.URL.Path, "/connect-auth/") {
			return reply(200, `{"access_token":"tok","expires_in":1800}`), nil
		}
		return reply(204, ""), nil
	}}
	c := nw.login(t, credentials, ekacare.WithEncryption(encryptionKey))
	if err := c.DataExchange.UpdateKeyset(t.Context(), &ekacare.KeysetUpdate{PublicKey: "k", Nonce: "n"}); err != nil {
		t.Fatal(err)
	}
	login := nw.requests()[0]
	if !strings.Contains(login.body, `"client_secret"`) || login.header.Get("X-Encryption") != "" {
		t.Errorf("the login is %s, %v", login.body, login.header)
	}
	if got := openedRequest(t, nw.requests()[1]); got != `{"nonce":"n","public_key":"k"}` {
		t.Errorf("sent %s", got)
	}
}

func TestErrorsAreExplainedInTheClearAndSealed(t *testing.T) {
	const body = `{"error":{"code":"INVALID_REQUEST","message":"` + canaryText + `"}}`
	broken := strings.Replace(sealed(t, body), `"tag":"`, `"tag":"AAAA`, 1)
	for name, c := range map[string]struct{ body, code, raw string }{
		"in the clear":       {body, "INVALID_REQUEST", body},
		"sealed":             {sealed(t, body), "INVALID_REQUEST", body},
		"sealed and altered": {broken, "", broken},
		"with an envelope's 3": {`{"ciphertext":"","iv":"","tag":"","code":1,"error":"x"}`, "1",
			`{"ciphertext":"","iv":"","tag":"","code":1,"error":"x"}`},
	} {
		nw := always(400, c.body)
		err := encrypting(t, nw).DataExchange.UpdateKeyset(t.Context(), &ekacare.KeysetUpdate{PublicKey: "k", Nonce: "n"})
		e := wantError(t, err, 400)
		if e.Code != c.code || string(e.Body()) != c.raw || e.MaybeApplied() {
			t.Errorf("%s: code %q, body %s, %v", name, e.Code, e.Body(), e.MaybeApplied())
		}
	}
}

func TestASuccessThatCannotBeOpenedIsNoSuccess(t *testing.T) {
	good := sealed(t, `{"message":"ok"}`)
	for name, body := range map[string]string{
		"altered":     strings.Replace(good, `"tag":"`, `"tag":"AAAA`, 1),
		"another key": strings.Replace(good, `"iv":"A`, `"iv":"B`, 1),
		"no base64":   `{"ciphertext":"?","iv":"?","tag":"?"}`,
	} {
		nw := always(200, body)
		err := encrypting(t, nw).DataExchange.OnPush(t.Context(), &ekacare.DataPushResponse{})
		e := wantError(t, err, 200)
		if !errors.Is(err, caremux.ErrUnreadable) || !e.MaybeApplied() || len(nw.requests()) != 1 {
			t.Errorf("%s: %v, %v, %d requests", name, err, e.MaybeApplied(), len(nw.requests()))
		}
		if !strings.Contains(err.Error(), "cannot be decrypted") || strings.Contains(printed(err), sharedText) {
			t.Errorf("%s: %v", name, err)
		}
	}
	nw := always(200, sealed(t, "<html>"+canaryText))
	if err := encrypting(t, nw).DataExchange.OnPush(t.Context(), &ekacare.DataPushResponse{}); !errors.Is(err, caremux.ErrUnreadable) {
		t.Errorf("sealed HTML: %v", err)
	}
}

func TestAReplyThatGotLostLeavesTheOutcomeOpenAndIsNotSentTwice(t *testing.T) {
	nw := &network{answer: func(*http.Request, int) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }}
	err := encrypting(t, nw).DataExchange.OnPush(t.Context(), &ekacare.DataPushResponse{})
	if e := wantError(t, err, 0); !e.MaybeApplied() || len(nw.requests()) != 1 {
		t.Errorf("%v, %v, %d requests", err, e.MaybeApplied(), len(nw.requests()))
	}
}

func TestKeysThatCannotBeUsedAreArgumentErrorsAndNoneIsShown(t *testing.T) {
	for _, c := range []struct {
		key   ekacare.EncryptionKey
		field string
	}{
		{ekacare.EncryptionKey{Shared: sharedText}, "EncryptionKey.ID"},
		{ekacare.EncryptionKey{ID: "key-1"}, "EncryptionKey.Shared"},
		{ekacare.EncryptionKey{ID: "key-1", Shared: sharedText[1:]}, "EncryptionKey.Shared"},
		{ekacare.EncryptionKey{ID: "key-1", Shared: sharedText + "x"}, "EncryptionKey.Shared"},
	} {
		_, err := ekacare.New(credentials, ekacare.WithEncryption(c.key))
		var a *caremux.ArgumentError
		if !errors.As(err, &a) || a.Field != c.field || strings.Contains(err.Error(), "C4nary") {
			t.Errorf("%s: %v", c.field, err)
		}
	}
	var out bytes.Buffer
	for _, v := range []any{encryptionKey, &encryptionKey, encrypting(t, always(200, "{}"))} {
		fmt.Fprint(&out, printed(v))
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
	}
	b, err := json.Marshal(encryptionKey)
	if out.Write(b); err != nil || strings.Contains(out.String(), "C4nary") {
		t.Errorf("the key is shown: %s, %v", out.String(), err)
	}
}

func TestClientsOfOtherVendorsRefuseTheOption(t *testing.T) {
	_, err := welkin.New(welkin.Credentials{Tenant: "gh", Instance: "sb", ClientName: "c", Secret: "s"},
		ekacare.WithEncryption(encryptionKey))
	var a *caremux.ArgumentError
	if !errors.As(err, &a) || !strings.Contains(err.Error(), "ekacare") {
		t.Errorf("%v", err)
	}
}

// TestClientsForOthersEncryptToo derives a client, whose body travels over a connection of its own.
func TestClientsForOthersEncryptToo(t *testing.T) {
	var got seen
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = seen{path: r.URL.Path, header: r.Header, body: string(body)}
		w.WriteHeader(http.StatusAccepted)
	}))
	defer server.Close()
	c, err := ekacare.New(credentials, caremux.WithBaseURL(server.URL), caremux.WithTokenSource(caremux.StaticToken("tok")),
		ekacare.WithEncryption(encryptionKey))
	if err != nil {
		t.Fatal(err)
	}
	id := "t-1"
	err = c.For(ekacare.Identity{HIPID: "hip-1"}).DataExchange.OnPush(t.Context(), &ekacare.DataPushResponse{TransactionID: &id})
	if plain := openedRequest(t, got); err != nil || plain != `{"transaction_id":"t-1"}` {
		t.Errorf("%s, %v", plain, err)
	}
	if got.header.Get("X-Hip-Id") != "hip-1" {
		t.Error("the identity is missing")
	}
}

func TestFieldsThatACallSetsAreSealedWithTheRest(t *testing.T) {
	nw := always(http.StatusOK, "")
	err := encrypting(t, nw).DataExchange.UpdateKeyset(t.Context(), &ekacare.KeysetUpdate{PublicKey: "k", Nonce: "n"},
		caremux.WithBodyField("note", canaryText))
	if err != nil {
		t.Fatal(err)
	}
	if got := openedRequest(t, nw.requests()[0]); !strings.Contains(got, canaryText) ||
		strings.Contains(nw.requests()[0].body, canaryText) {
		t.Errorf("sent %s", got)
	}
}
