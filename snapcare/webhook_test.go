package snapcare_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/proof/canary"
	"github.com/caremux/caremux/snapcare"
	"github.com/caremux/caremux/webhook"
)

const hookSecret = "s3cret"

func hookVerifier(t testing.TB, opts ...webhook.Option) *webhook.Verifier {
	t.Helper()
	v, err := snapcare.WebhookVerifier([]string{hookSecret}, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// clientHash signs as the vendor's page describes it, with nothing of the package.
func clientHash(secret, body, timestamp string) http.Header {
	sum := sha256.Sum256([]byte(secret + body + timestamp))
	return http.Header{"Client-Hash": {base64.StdEncoding.EncodeToString(sum[:])}, "Timestamp": {timestamp}}
}

const (
	endEvent   = `{"EventName":"PatientQueueConsultationEnd"}`
	endStamp   = "1557837102"
	endHash    = "eamJcc0ZlU0fS7fptcNKQyQFVcCgFgyduIGh91c6V9Q="
	queueEvent = `{"ActiveUserCount":3,"ConsultationId":41005,"HospitalId":174,"UserEventTypeCode":2,"EventName":"PatientQueueConsultationEnd","EventTime":"$TIME"}`
)

func TestClientHashIsVerified(t *testing.T) {
	t.Parallel()
	header := func(hash, timestamp string) http.Header {
		return http.Header{"Client-Hash": {hash}, "Timestamp": {timestamp}}
	}
	twice := func(name string) http.Header {
		h := header(endHash, endStamp)
		h[name] = append(h[name], h[name][0])
		return h
	}
	for name, c := range map[string]struct {
		header http.Header
		body   string
		want   error
	}{
		"the vector":             {header(endHash, endStamp), endEvent, nil},
		"names in small letters": {http.Header{"client-hash": {endHash}, "timestamp": {endStamp}}, endEvent, nil},
		"another body":           {header(endHash, endStamp), strings.Replace(endEvent, "End", "Start", 1), webhook.ErrMismatch},
		"another time":           {header(endHash, "1557837103"), endEvent, webhook.ErrMismatch},
		"another secret":         {clientHash("S3cret", endEvent, endStamp), endEvent, webhook.ErrMismatch},
		"no hash":                {http.Header{"Timestamp": {endStamp}}, endEvent, webhook.ErrNoSignature},
		"no time":                {http.Header{"Client-Hash": {endHash}}, endEvent, webhook.ErrNoSignature},
		"two hashes":             {twice("Client-Hash"), endEvent, webhook.ErrMalformed},
		"two times":              {twice("Timestamp"), endEvent, webhook.ErrMalformed},
		"the hash in hex": {
			header(fmt.Sprintf("%x", sha256.Sum256([]byte(hookSecret+endEvent+endStamp))), endStamp), endEvent, webhook.ErrMalformed,
		},
		"the hash without padding":         {header(strings.TrimRight(endHash, "="), endStamp), endEvent, webhook.ErrMalformed},
		"the hash with another last digit": {header(strings.Replace(endHash, "9Q=", "9R=", 1), endStamp), endEvent, webhook.ErrMalformed},
		"a digit moved to the body":        {header(endHash, endStamp[1:]), endEvent + endStamp[:1], webhook.ErrMalformed},
		"all digits but one in the body":   {header(endHash, endStamp[9:]), endEvent + endStamp[:9], webhook.ErrMalformed},
		"the last brace moved to the time": {header(endHash, "}"+endStamp), endEvent[:len(endEvent)-1], webhook.ErrMalformed},
		"a blank behind the body":          {clientHash(hookSecret, endEvent+" ", endStamp), endEvent + " ", webhook.ErrMalformed},
		"a line behind the body":           {clientHash(hookSecret, endEvent+"\n", endStamp), endEvent + "\n", webhook.ErrMalformed},
		"another value behind the body": {
			clientHash(hookSecret, endEvent+endEvent, endStamp), endEvent + endEvent, webhook.ErrMalformed,
		},
		"a body that is a number":          {clientHash(hookSecret, "12", "34"), "12", webhook.ErrMalformed},
		"the same, a digit moved":          {clientHash(hookSecret, "12", "34"), "1", webhook.ErrMismatch},
		"a body that is a string":          {clientHash(hookSecret, `"x}"`, endStamp), `"x}"`, webhook.ErrMalformed},
		"an empty body":                    {clientHash(hookSecret, "", endStamp), "", webhook.ErrEmptyBody},
		"a body that is no JSON":           {clientHash(hookSecret, "{a}", endStamp), "{a}", webhook.ErrMalformed},
		"a list":                           {clientHash(hookSecret, "["+endEvent+"]", endStamp), "[" + endEvent + "]", nil},
		"a byte order mark":                {clientHash(hookSecret, "\ufeff"+endEvent, endStamp), "\ufeff" + endEvent, nil},
		"SHA-256 extended behind the time": {header(extended(t, "{}"), endStamp+padding()+"{}"), endEvent, webhook.ErrMalformed},
		"SHA-256 extended, all in the body": {
			header(extended(t, "{}1"), "1"), endEvent + endStamp + padding() + "{}", webhook.ErrMalformed,
		},
	} {
		if err := hookVerifier(t).Verify(c.header, []byte(c.body)); !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	v, err := snapcare.WebhookVerifier([]string{"new", hookSecret})
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"new", hookSecret} {
		if err := v.Verify(clientHash(secret, endEvent, endStamp), []byte(endEvent)); err != nil {
			t.Errorf("%s: %v", secret, err)
		}
	}
	at := time.Unix(1557837102, 0)
	if got := hookVerifier(t).Sign([]byte(endEvent), at); got.Get("client-hash") != endHash || got.Get("timestamp") != endStamp {
		t.Errorf("signs %v", got)
	}
}

// padding is what SHA-256 appends to secret, body and timestamp of the vector.
func padding() string {
	n := len(hookSecret + endEvent + endStamp)
	pad := "\x80" + strings.Repeat("\x00", (119-n%64)%64)
	bits := n * 8
	for i := 7; i >= 0; i-- {
		pad += string([]byte{byte(bits >> (8 * i))})
	}
	return pad
}

// extended is the hash of the vector extended by more, computed from the hash alone, without the secret.
func extended(t *testing.T, more string) string {
	t.Helper()
	sum, err := base64.StdEncoding.DecodeString(endHash)
	if err != nil {
		t.Fatal(err)
	}
	h := sha256.New()
	state, err := h.(interface{ MarshalBinary() ([]byte, error) }).MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	total := len(hookSecret+endEvent+endStamp) + len(padding())
	copy(state[4:], sum) // behind the magic word
	for i := range 8 {
		state[len(state)-1-i] = byte(total >> (8 * i))
	}
	if err := h.(interface{ UnmarshalBinary([]byte) error }).UnmarshalBinary(state); err != nil {
		t.Fatal(err)
	}
	h.Write([]byte(more))
	made := base64.StdEncoding.EncodeToString(h.Sum(nil))
	if want := clientHash(hookSecret, endEvent, endStamp+padding()+more).Get("client-hash"); made != want {
		t.Fatalf("the test extends wrongly: %s, want %s", made, want)
	}
	return made
}

func TestTimestampsOfEveryProgramArePlain(t *testing.T) {
	t.Parallel()
	for timestamp, good := range map[string]bool{
		"1557837102": true, "1557837102484": true, "0": true, "1557837102.484": true,
		"5/14/2019 12:31:42 PM": true, "14.05.2019 12:31:42": true, "2019-05-14T12:31:42.484058Z": true, "2019-05-14T12:31:42+02:00": true,
		"Tue, 14 May 2019 12:31:42 GMT": true, "14/05/2019 12:31:42 p. m.": true, "5/14/2019": true,
		"": false, "-1": false, "1e9": false, ".5": false, "1.2.": false, "12 34": false, "abc": false, "0x12": false,
		" 1557837102": false, "5/14/2019 ": false, `5/14/2019"`: false, "5/14/2019}": false, "5/14/2019]": false,
		"1\x00": false, "1\n": false, "٣": false, "5/14/2019 12:31:42 ä": false,
		strings.Repeat("1", 40): true, strings.Repeat("1", 41): false, strings.Repeat("x", 21) + "1/2/3": false,
	} {
		err := hookVerifier(t).Verify(clientHash(hookSecret, endEvent, timestamp), []byte(endEvent))
		if (err == nil) != good {
			t.Errorf("%q: %v", timestamp, err)
		}
	}
}

func TestASignedEventTimeGrowsOld(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	clock := webhook.WithClock(func() time.Time { return now })
	for name, c := range map[string]struct {
		at   time.Time
		opts []webhook.Option
		want error
	}{
		"now":                      {now, nil, nil},
		"a day ago":                {now.Add(-24 * time.Hour), nil, nil},
		"longer ago":               {now.Add(-24*time.Hour - time.Second), nil, webhook.ErrTooOld},
		"ahead":                    {now.Add(24*time.Hour + time.Second), nil, webhook.ErrTooNew},
		"an hour ago, of a minute": {now.Add(-time.Hour), []webhook.Option{webhook.WithTolerance(time.Minute)}, webhook.ErrTooOld},
	} {
		v := hookVerifier(t, append(c.opts, clock)...)
		event := strings.Replace(queueEvent, "$TIME", c.at.Format(time.RFC3339Nano), 1)
		for _, body := range []string{event, "[" + endEvent + "," + event + "]"} {
			if err := v.Verify(v.Sign([]byte(body), now), []byte(body)); !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
		}
	}
	// What was recorded must not outlive the memory of what was handled.
	if _, err := webhook.NewHandler(hookVerifier(t), snapcare.WebhookFormat(), webhook.WithKeep(47*time.Hour)); err == nil {
		t.Error("a recorded delivery runs again")
	}
}

func TestBadSecretsAreRefused(t *testing.T) {
	t.Parallel()
	for field, secrets := range map[string][]string{
		"secrets": nil, "secrets[0]": {""}, "secrets[1]": {"x", " "}, "secrets[0] ": {canary.Secret + "\n"},
	} {
		_, err := snapcare.WebhookVerifier(secrets)
		var e *webhook.ArgumentError
		if !errors.As(err, &e) || e.Field != strings.TrimSpace(field) {
			t.Errorf("%s: %v", field, err)
		}
		canary.Error(t, "WebhookVerifier", err)
	}
	v, err := snapcare.WebhookVerifier([]string{canary.Secret})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []any{v, *v, struct{ v webhook.Verifier }{*v}} {
		canary.Clean(t, fmt.Sprintf("%T", x), canary.Encoded(x))
	}
}

// hooks is a handler with a function for each type of event, and what ran.
type hooks struct {
	*webhook.Handler
	v    *webhook.Verifier
	ran  []string
	fail string // the text in an event whose function fails
}

func newHooks(t testing.TB) *hooks {
	t.Helper()
	k := &hooks{v: hookVerifier(t)}
	var err error
	if k.Handler, err = webhook.NewHandler(k.v, snapcare.WebhookFormat(), webhook.WithLogger(slog.New(slog.DiscardHandler))); err != nil {
		t.Fatal(err)
	}
	run := func(e webhook.Event, text []byte) error {
		if k.fail != "" && strings.Contains(string(text), k.fail) {
			return errors.New("not now")
		}
		k.ran = append(k.ran, e.Type)
		return nil
	}
	webhook.On(k.Handler, func(_ context.Context, d webhook.Delivery[snapcare.QueueEvent]) error {
		return run(d.Event, d.Payload.RawJSON())
	})
	webhook.On(k.Handler, func(_ context.Context, d webhook.Delivery[snapcare.AppointmentEvent]) error {
		return run(d.Event, d.Payload.RawJSON())
	})
	webhook.On(k.Handler, func(_ context.Context, d webhook.Delivery[snapcare.PatientProfileEvent]) error {
		return run(d.Event, d.Payload.RawJSON())
	})
	k.Fallback(func(_ context.Context, d webhook.Delivery[json.RawMessage]) error { return run(d.Event, d.Payload) })
	return k
}

func (k *hooks) send(body string) webhook.Report {
	return k.Receive(context.Background(), k.v.Sign([]byte(body), time.Now()), []byte(body))
}

func TestAllTwelveEventsArriveTyped(t *testing.T) {
	t.Parallel()
	k := newHooks(t)
	for i, name := range snapcare.EventTypes() {
		event := `{"EventName":"` + name + `","ConsultationId":` + strconv.Itoa(i) + `}`
		if !strings.HasPrefix(name, "PatientQueue") {
			event = "[" + event + "]"
		}
		if r := k.send(event); r.Outcome != webhook.OutcomeHandled || r.Event.Type != name || r.Parts != nil {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if fmt.Sprint(k.ran) != fmt.Sprint(snapcare.EventTypes()) || len(k.ran) != 12 {
		t.Errorf("ran %v", k.ran)
	}
	if r := k.send(`[{"EventName":"Robot.Created"}]`); r.Outcome != webhook.OutcomeHandled || k.ran[12] != "Robot.Created" {
		t.Errorf("an event that nobody knows: %+v", r)
	}
}

func TestAQueueEventHasItsFields(t *testing.T) {
	t.Parallel()
	h, err := webhook.NewHandler(hookVerifier(t), snapcare.WebhookFormat())
	if err != nil {
		t.Fatal(err)
	}
	at := time.Now().UTC().Round(0)
	body := []byte(strings.Replace(queueEvent, "$TIME", at.Format(time.RFC3339Nano), 1))
	var got webhook.Delivery[snapcare.QueueEvent]
	webhook.On(h, func(_ context.Context, d webhook.Delivery[snapcare.QueueEvent]) error { got = d; return nil })
	header := hookVerifier(t).Sign(body, at)
	header.Set("X-Other", "y")
	if r := h.Receive(t.Context(), header, body); r.Failure() != nil {
		t.Fatal(r.Failure())
	}
	p := got.Payload
	if *p.ConsultationID != 41005 || *p.HospitalID != 174 || *p.UserEventTypeCode != 2 ||
		p.EventName != snapcare.EventQueueConsultationEnd ||
		!p.EventTime.Equal(at) || !got.Time.Equal(at) || string(p.Extra()["ActiveUserCount"]) != "3" ||
		p.Mismatch() != nil || string(p.RawJSON()) != string(body) {
		t.Errorf("%+v of %s", p, body)
	}
	if len(got.Header) != 1 || got.Header.Get("X-Other") != "y" {
		t.Errorf("the function sees %v", got.Header)
	}
}

func TestAListRunsEventByEvent(t *testing.T) {
	t.Parallel()
	list := `[{"EventName":"Appointment.Created","a":1},{"EventName":"Appointment.Updated","a":2},{"EventName":"Appointment.Updated","a":2}]`
	k := newHooks(t)
	k.fail = `"a":1`
	if r := k.send(list); r.Status != 500 || len(r.Parts) != 3 || len(k.ran) != 2 {
		t.Errorf("one fails: %+v, ran %v", r, k.ran)
	}
	// The vendor sends the same once more, and only what failed runs.
	header := k.v.Sign([]byte(list), time.Now())
	k.ran, k.fail = nil, "none"
	first := k.Receive(t.Context(), header, []byte(list))
	ran := len(k.ran)
	second := k.Receive(t.Context(), header, []byte(list))
	if first.Status != 200 || second.Status != 200 || second.Outcome != webhook.OutcomeDuplicate || len(k.ran) != ran {
		t.Errorf("%+v, then %+v, ran %v", first, second, k.ran)
	}
	for name, c := range map[string]struct {
		body   string
		status int
		ran    int
	}{
		"one without a name": {`[{"EventName":"Appointment.Created","b":1},{"b":2}]`, 400, 1},
		"one that is none":   {`[{"EventName":"Appointment.Created","c":1},7]`, 400, 1},
		"no name":            {`{"c":1}`, 400, 0},
		"an empty list":      {`[]`, 400, 0},
	} {
		k.ran = nil
		if r := k.send(c.body); r.Status != c.status || len(k.ran) != c.ran {
			t.Errorf("%s: %+v, ran %v", name, r, k.ran)
		}
	}
}

func TestEventsThatLookAlikeAreNotLost(t *testing.T) {
	t.Parallel()
	k := newHooks(t)
	now := time.Now()
	deliver := func(body string, at time.Time) webhook.Outcome {
		return k.Receive(t.Context(), k.v.Sign([]byte(body), at), []byte(body)).Outcome
	}
	updated := `[{"EventName":"Appointment.Updated","Id":"a"}]` // the same appointment changes twice
	timed := strings.Replace(queueEvent, "$TIME", now.UTC().Format(time.RFC3339Nano), 1)
	for i, c := range []struct {
		body string
		at   time.Time
		want webhook.Outcome
	}{
		{updated, now, webhook.OutcomeHandled},
		{updated, now, webhook.OutcomeDuplicate},
		{updated, now.Add(time.Second), webhook.OutcomeHandled},
		{timed, now, webhook.OutcomeHandled},
		{timed, now.Add(time.Minute), webhook.OutcomeDuplicate}, // sent again with a new timestamp
		{strings.Replace(timed, `"ActiveUserCount":3`, `"ActiveUserCount":4`, 1), now, webhook.OutcomeHandled},
	} {
		if got := deliver(c.body, c.at); got != c.want {
			t.Errorf("delivery %d: %s, want %s", i, got, c.want)
		}
	}
}

func TestSchemesOfOnesOwnGoIntoTheHandler(t *testing.T) {
	t.Parallel()
	v, err := webhook.NewHMAC(webhook.HMACScheme{Header: "X-Gateway", Secrets: []string{"a-secret-of-some-length"}})
	if err != nil {
		t.Fatal(err)
	}
	h, err := webhook.NewHandler(v, snapcare.WebhookFormat(), webhook.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	webhook.On(h, func(context.Context, webhook.Delivery[snapcare.QueueEvent]) error { return nil })
	header := v.Sign([]byte(endEvent), time.Now())
	header.Set("Client-Hash", "x") // which nobody has checked
	for i, want := range []webhook.Outcome{webhook.OutcomeHandled, webhook.OutcomeDuplicate} {
		header.Set("Client-Hash", strconv.Itoa(i))
		if r := h.Receive(t.Context(), header, []byte(endEvent)); r.Outcome != want {
			t.Errorf("%+v, want %s", r, want)
		}
	}
}

func TestEventsWithoutAnIDPointToNothing(t *testing.T) {
	t.Parallel()
	credentials := canaryCredentials
	credentials.Password, credentials.Email, credentials.UserType = "", "", 0
	c, err := snapcare.New(credentials, caremux.WithTokenSource(caremux.StaticToken("x")), caremux.WithHTTPClient(&http.Client{
		Transport: roundTripper(func(*http.Request) (*http.Response, error) { t.Error("a request"); return nil, errors.New("no") }),
	}))
	if err != nil {
		t.Fatal(err)
	}
	appointment, profile := snapcare.AppointmentEvent{}, snapcare.PatientProfileEvent{}
	caremux.KeepJSON(&profile, []byte(`{"PatientId":"x"}`))
	_, err1 := snapcare.QueueEvent{}.Consultation(t.Context(), c)
	_, err2 := appointment.Appointment(t.Context(), c)
	_, err3 := profile.Profile(t.Context(), c)
	for field, err := range map[string]error{"ConsultationId": err1, "AppointmentId": err2, "PatientId": err3} {
		var e *caremux.ArgumentError
		if !errors.As(err, &e) || e.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestEventsReadWhatTheyPointTo(t *testing.T) {
	t.Parallel()
	var paths []string
	credentials := canaryCredentials
	credentials.Password, credentials.Email, credentials.UserType = "", "", 0
	c, err := snapcare.New(credentials, caremux.WithTokenSource(caremux.StaticToken("x")), caremux.WithHTTPClient(&http.Client{
		Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			paths = append(paths, r.Method+" "+r.URL.Path)
			return &http.Response{StatusCode: 404, Body: http.NoBody, Header: http.Header{}, Request: r}, nil
		}),
	}))
	if err != nil {
		t.Fatal(err)
	}
	var appointment snapcare.AppointmentEvent
	var profile snapcare.PatientProfileEvent
	caremux.KeepJSON(&appointment, []byte(`{"appointmentID":"a-1"}`))
	caremux.KeepJSON(&profile, []byte(`{"PatientId":41}`))
	_, err1 := snapcare.QueueEvent{ConsultationID: new(41005)}.Consultation(t.Context(), c)
	_, err2 := appointment.Appointment(t.Context(), c)
	_, err3 := profile.Profile(t.Context(), c)
	for _, err := range []error{err1, err2, err3} {
		if !errors.Is(err, caremux.ErrNotFound) {
			t.Error(err)
		}
	}
	for i, id := range []string{"/41005", "/a-1", "/41"} {
		if i >= len(paths) || !strings.HasPrefix(paths[i], "GET ") || !strings.Contains(paths[i], id) {
			t.Errorf("asked for %v", paths)
		}
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func FuzzWebhook(f *testing.F) {
	f.Add([]byte(endEvent), endStamp)
	f.Add([]byte(`[{"EventName":"Appointment.Created","EventTime":"2019-05-14T12:31:42Z"},1]`), "5/14/2019 12:31:42 PM")
	f.Add([]byte(endEvent+"1"), "557837102")
	f.Fuzz(func(t *testing.T, body []byte, timestamp string) {
		v := hookVerifier(t)
		header := clientHash(hookSecret, string(body), timestamp)
		accepted := v.Verify(header, body) == nil
		all := string(body) + timestamp
		for i := range all { // no other cut of the same bytes may be accepted
			if i == len(body) || !accepted {
				continue
			}
			header.Set("Timestamp", all[i:])
			if v.Verify(header, []byte(all[:i])) == nil {
				t.Fatalf("%q and %q pass for %q and %q", all[:i], all[i:], body, timestamp)
			}
		}
		h, err := webhook.NewHandler(v, snapcare.WebhookFormat(), webhook.WithLogger(slog.New(slog.DiscardHandler)))
		if err != nil {
			t.Fatal(err)
		}
		h.Fallback(func(context.Context, webhook.Delivery[json.RawMessage]) error { return nil })
		webhook.On(h, func(context.Context, webhook.Delivery[snapcare.QueueEvent]) error { return nil })
		r := h.Receive(t.Context(), clientHash(hookSecret, string(body), timestamp), body)
		if r.Outcome == webhook.OutcomePanicked || accepted == (r.Status == 401) {
			t.Errorf("accepted %t: %+v", accepted, r)
		}
	})
}
