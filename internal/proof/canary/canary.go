// Package canary calls every method of a vendor's client with distinctive strings in place of a person's data and of secrets, lets
// the vendor fail in every way, and looks for the strings wherever a program may show what it got: errors, logs, events, and
// whatever prints.
package canary

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caremux/caremux"
)

// What must not be seen. ID is of the form of an id, the others could be nothing but what they are.
const (
	ID     = "canaryid77"
	Name   = "Zanzibarra Quixworth"
	Phone  = "5550100377"
	Mail   = "zanzi@quixworth.example"
	Prose  = "her canary sings at dawn"
	Secret = "C4narySecret"
	Token  = "C4naryToken"
)

var words = []string{"canaryid77", "Zanzibarra", "Quixworth", "quixworth", Phone, "canary sings", "canary+sings",
	"canary%20sings", "C4nary", "1931-01", "elsewhere.example"}

// all is the long form: every method under every fault. The short one calls about perFault of them, others under each fault.
var all = flag.Bool("canary.all", false, "call every method under every fault")

const perFault = 30

// Subject is a vendor's client under test.
type Subject struct {
	// Client makes a client whose secrets hold [Secret].
	Client func(opts ...caremux.Option) (any, error)
	// Login tells a login from a call; nil for a vendor without logins.
	Login func(r *http.Request) bool
	// LoginAnswer is what a login is answered in good order; its token holds [Token].
	LoginAnswer func() string
	// Skip are methods, as Service.Method, that need what no made-up argument is.
	Skip []string
	// Least is how many of the methods must send a request.
	Least int
}

// Run calls the methods under every fault.
func Run(t *testing.T, s Subject) {
	var mu sync.Mutex
	sent := map[string]bool{}
	for number, fault := range faults() {
		if testing.Short() && number%4 != 0 {
			continue
		}
		for _, atLogin := range []bool{false, true} {
			if atLogin && (s.Login == nil || fault.succeeds) {
				continue
			}
			t.Run(fault.name+map[bool]string{true: " at login"}[atLogin], func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					r := &run{T: t, subject: s, fault: fault, number: number, atLogin: atLogin, sent: map[string]bool{}}
					r.everything()
					mu.Lock()
					defer mu.Unlock()
					for name := range r.sent {
						sent[name] = true
					}
				})
			})
		}
	}
	t.Cleanup(func() {
		if len(sent) < s.Least && !t.Failed() {
			t.Errorf("%d methods sent a request, want %d at least", len(sent), s.Least)
		}
	})
}

// run is one fault.
type run struct {
	*testing.T
	subject Subject
	fault   fault
	number  int // of the fault
	atLogin bool

	log    Log
	events Log
	method string
	sent   map[string]bool
	failed int
}

// RoundTrip is the network.
func (r *run) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		body, _ = io.ReadAll(req.Body)
		_ = req.Body.Close()
	}
	login := r.subject.Login != nil && r.subject.Login(req)
	if !login {
		r.sent[r.method] = true
	}
	if login && !r.atLogin {
		return reply(req, 200, r.subject.LoginAnswer()), nil
	}
	return r.fault.answer(req, string(body))
}

func (r *run) everything() {
	logger := slog.New(slog.NewMultiHandler(
		slog.NewTextHandler(&r.log, &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true}),
		slog.NewJSONHandler(&r.log, &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true})))
	client, err := r.subject.Client(caremux.WithTransport(r), caremux.WithLogger(logger), caremux.WithTimeout(10*time.Second),
		caremux.WithRetry(caremux.RetryPolicy{MaxAttempts: 2, MinWait: time.Millisecond, MaxWait: time.Millisecond}),
		caremux.WithObserver(func(_ context.Context, e caremux.CallEvent) {
			_, _ = fmt.Fprintf(&r.events, "%v %+v %#v\n", e, e, e)
		}))
	if err != nil {
		r.Fatal(err)
	}
	chosen := r.chosen(reflect.ValueOf(client).Elem())
	for _, m := range chosen {
		for _, full := range []bool{true, false} {
			r.call(m.name, m.call, full)
		}
	}
	for _, v := range []any{client, reflect.ValueOf(client).Elem().Interface()} {
		r.Clean("the client", Printed(v))
	}
	r.Clean("the log", r.log.String())
	r.Clean("events", r.events.String())
	if r.log.String() == "" || r.events.String() == "" {
		r.Error("nothing was logged, so nothing was proven")
	}
	if !r.fault.succeeds && r.failed < len(chosen)/2 { // downloads take most answers
		r.Errorf("%d of %d calls failed: the fault is not what it seems", r.failed, len(chosen))
	}
}

// method is one of a service.
type method struct {
	name string // Service.Method
	call reflect.Value
}

// methods are those of all services of a client.
func methods(client reflect.Value) (all []method) {
	for i := range client.NumField() {
		service, field := client.Field(i), client.Type().Field(i)
		if !field.IsExported() {
			continue
		}
		for m := range service.NumMethod() {
			all = append(all, method{field.Name + "." + service.Type().Method(m).Name, service.Method(m)})
		}
	}
	return all
}

// chosen are the methods that are called under this fault: others than under the next, unless all are.
func (r *run) chosen(client reflect.Value) (chosen []method) {
	every := methods(client)
	stride := 1
	if !*all {
		stride = max(1, len(every)/perFault)
	}
	index := r.number
	for _, m := range every {
		if slices.Contains(r.subject.Skip, m.name) {
			continue
		}
		if index++; index%stride != 0 {
			continue
		}
		if chosen = append(chosen, m); r.atLogin && len(chosen) > 5 {
			break // the login is the same for all
		}
	}
	return chosen
}

// call makes one call, and looks at what it gives.
func (r *run) call(name string, method reflect.Value, full bool) {
	t := method.Type()
	if t.NumIn() == 0 || t.In(0) != reflect.TypeFor[context.Context]() {
		return
	}
	r.method = name
	ctx, cancel := context.WithTimeout(r.Context(), time.Minute)
	defer cancel()
	var response caremux.Response
	args := []reflect.Value{reflect.ValueOf(ctx)}
	for i := 1; i < t.NumIn(); i++ {
		if t.In(i) == reflect.TypeFor[[]caremux.RequestOption]() {
			args = append(args, reflect.ValueOf(caremux.WithResponse(&response)), reflect.ValueOf(caremux.WithHeader("X-Note", Name)),
				reflect.ValueOf(caremux.WithQuery("note", Prose)))
			break
		}
		args = append(args, argument(t.In(i), full))
	}
	for _, result := range method.Call(args) {
		switch v := result.Interface().(type) {
		case nil:
		case error:
			r.failed++
			r.error(name, v)
		case *caremux.Download:
			if v == nil {
				continue
			}
			if _, err := io.ReadAll(v); err != nil {
				r.error(name, err)
			}
			_ = v.Close()
		default:
			r.result(name, result)
		}
	}
	r.Clean(name+"'s Response", Printed(response))
}

// result looks at what a record says of itself, and ranges over lists.
func (r *run) result(name string, result reflect.Value) {
	if result.Kind() == reflect.Func && result.Type().CanSeq2() {
		n := 0
		for item, err := range result.Seq2() {
			if err.IsValid() && !err.IsNil() {
				r.failed++
				r.error(name, err.Interface().(error))
			} else {
				r.result(name, item)
			}
			if n++; n == 3 {
				break
			}
		}
		return
	}
	if record, ok := result.Interface().(interface{ Mismatch() error }); ok && (result.Kind() != reflect.Pointer || !result.IsNil()) {
		if err := mismatch(record); err != nil {
			r.Clean(name+"'s mismatch", Printed(err))
		}
	}
}

// mismatch asks a record, which may embed a pointer to another that is nil.
func mismatch(record interface{ Mismatch() error }) (err error) {
	defer func() { _ = recover() }()
	return record.Mismatch()
}

// error looks at an error, and at what it wraps as far as that is this module's.
func (r *run) error(name string, err error) { Error(r.T, name, err) }

// Error fails the test if an error shows a canary when it is printed or logged, alone or within something else. Secrets are
// further strings that must not show.
func Error(t *testing.T, name string, err error, secrets ...string) {
	t.Helper()
	for _, e := range ours(err) {
		Clean(t, name+": "+reflect.TypeOf(e).String(), Printed(e), secrets...)
	}
	type holder struct {
		Err  error
		More []error
	}
	for _, v := range []any{fmt.Errorf("%w", err), errors.Join(err, io.EOF), holder{err, []error{err}},
		&holder{err, nil}, map[string]error{"e": err}} {
		data, _ := json.Marshal(v)
		Clean(t, name+" in "+reflect.TypeOf(v).String(), fmt.Sprintf("%v\n%+v\n%#v\n%s", v, v, v, data), secrets...)
	}
}

// ours are err and the errors of this module that it wraps. The text of a foreign cause is its own.
func ours(err error) (list []error) {
	list = []error{err}
	var walk func(error)
	walk = func(err error) {
		if t := reflect.TypeOf(err); t != nil {
			for t.Kind() == reflect.Pointer {
				t = t.Elem()
			}
			if strings.HasPrefix(t.PkgPath(), "github.com/caremux/caremux") {
				list = append(list, err)
			}
		}
		switch w := err.(type) {
		case interface{ Unwrap() error }:
			walk(w.Unwrap())
		case interface{ Unwrap() []error }:
			for _, e := range w.Unwrap() {
				walk(e)
			}
		}
	}
	walk(errors.Unwrap(err))
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range many.Unwrap() {
			walk(e)
		}
	}
	return list
}

// Printed is v as any verb prints it and as slog and encoding/json write it.
func Printed(v any) string {
	var log Log
	logger := slog.New(slog.NewMultiHandler(slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)))
	logger.Info("as a caller logs it", "it", v)
	if err, ok := v.(error); ok {
		logger.Error(err.Error())
	}
	return fmt.Sprintf("%v\n%+v\n%#v\n%s\n%q\n%s", v, v, v, v, v, log.String())
}

// Encoded is [Printed], and v as JSON.
func Encoded(v any) string {
	data, err := json.Marshal(v)
	return Printed(v) + fmt.Sprintf("%s %v", data, err)
}

// Clean fails the test if a string contains a canary.
func (r *run) Clean(where, text string) {
	r.Helper()
	Clean(r.T, where, text)
}

// Clean fails the test if a string contains a canary or one of the secrets.
func Clean(t *testing.T, where, text string, secrets ...string) {
	t.Helper()
	for _, list := range [][]string{words, secrets} {
		for _, word := range list {
			if at := strings.Index(text, word); at >= 0 {
				t.Errorf("%s shows %q: …%s…", where, word, text[max(0, at-120):min(len(text), at+len(word)+80)])
				return
			}
		}
	}
}

// Log is a writer that several goroutines may use.
type Log struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

var _ http.RoundTripper = (*run)(nil)
