package damage

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/proof/conformance"
	"github.com/caremux/caremux/internal/scan"
	"github.com/caremux/caremux/internal/specserver"
)

var (
	long = flag.Bool("damage.long", false, "damage each operation's response in all ways, and many fields")
	seed = flag.Uint64("damage.seed", 0, "seed of the damage test; 0 takes one from the clock")
)

// Run tests every operation of a vendor; with -short, each tenth.
func Run(t *testing.T, v conformance.Vendor) {
	start := *seed
	if start == 0 {
		start = uint64(time.Now().UnixNano())
	}
	s := &server{}
	s.Server = httptest.NewServer(s)
	defer s.Close()
	counts := tally{}
	for i, op := range v.Spec.Operations() {
		if testing.Short() && (uint64(i)+start)%10 != 0 {
			continue
		}
		random := rand.New(rand.NewPCG(start, uint64(i)))
		client, err := v.Client(s.URL, op)
		if err != nil {
			t.Fatal(err)
		}
		trial := &trial{t: t, vendor: v, op: op, client: client, server: s, counts: counts}
		trial.run(random)
	}
	t.Logf("seed %d: %s", start, counts)
	if t.Failed() {
		t.Logf("the same again with -args -damage.seed %d", start)
	}
}

// tally counts what came of the calls.
type tally map[string]int

func (c tally) String() string {
	var b strings.Builder
	total := 0
	for _, name := range []string{
		outcomeError, outcomeMismatch, outcomeWhole, outcomeEmpty, wrongSuccess, silentLoss, wrongFailure, leak, panicked, notApplied,
	} {
		fmt.Fprintf(&b, "%s %d, ", name, c[name])
		total += c[name]
	}
	return fmt.Sprintf("%d operations, %d responses: %s", c["operations"], total, strings.TrimSuffix(b.String(), ", "))
}

// What may come of a call, and what must not.
const (
	outcomeError    = "errors"
	outcomeMismatch = "mismatches"
	outcomeWhole    = "whole values"
	outcomeEmpty    = "successes without a value"
	wrongSuccess    = "wrong successes"
	silentLoss      = "silent losses"
	wrongFailure    = "wrong failures"
	leak            = "leaks"
	panicked        = "panics"
	notApplied      = "writes said not to be applied"
)

// server sends the response of the moment to every request.
type server struct {
	*httptest.Server
	mu   sync.Mutex
	next response
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	s.mu.Lock()
	next := s.next
	s.mu.Unlock()
	if next.redirect != 0 && r.URL.Path != "/elsewhere" {
		http.Redirect(w, r, "/elsewhere", next.redirect)
		return
	}
	for name, values := range next.header {
		w.Header()[name] = values
	}
	if next.cutOff {
		w.Header().Set("Content-Length", strconv.Itoa(len(next.body)+10))
	}
	w.WriteHeader(next.status)
	_, _ = w.Write(next.body)
}

// trial is the test of one operation.
type trial struct {
	t      *testing.T
	vendor conformance.Vendor
	op     *specserver.Operation
	client any
	server *server
	counts tally
	reads  bool
}

func (c *trial) run(random *rand.Rand) {
	idempotent, _ := c.op.Op.Extensions["x-idempotent"].(bool)
	c.reads = c.op.Method == http.MethodGet || idempotent
	c.counts["operations"]++
	status, contentType, body := conformance.Answer(c.vendor, c.op)
	all := others()
	if len(body) > 0 && strings.Contains(contentType, "json") {
		all = append(all, disguises(contentType, body)...)
	}
	few := 3
	if *long {
		few = 24
	} else {
		random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		all = all[:min(len(all), 9)]
	}
	if strings.Contains(contentType, "json") {
		all = append(all, changedFields(contentType, body, few, random)...)
	}
	for _, r := range all {
		if r.status == 0 {
			r.status = status
		}
		if r.class == led && c.op.Method == http.MethodGet || r.status == http.StatusNoContent {
			continue // a redirect of a GET asks by GET; a 204 has no body
		}
		c.try(r)
	}
}

// try makes one call.
func (c *trial) try(r response) {
	c.server.mu.Lock()
	c.server.next = r
	c.server.mu.Unlock()
	var result reflect.Value
	var err error
	func() {
		defer func() {
			if p := recover(); p != nil {
				c.note(panicked, r, fmt.Sprint(p))
				err = errors.New("panicked")
			}
		}()
		result, err = conformance.Call(
			c.t,
			c.vendor,
			c.client,
			c.op,
			caremux.WithCallRetry(caremux.NoRetry),
			caremux.WithCallTimeout(20*time.Second),
		)
	}()
	if err != nil {
		c.failed(r, err)
		return
	}
	c.succeeded(r, result)
}

func (c *trial) failed(r response, err error) {
	var e *caremux.Error
	switch {
	case strings.Contains(fmt.Sprintf("%v %+v", err, err), marker):
		c.note(leak, r, err.Error())
	case r.class == disguised:
		c.note(wrongFailure, r, err.Error())
	case errors.As(err, &e) && r.status < 300 && e.MaybeApplied() == c.reads && !errors.Is(err, context.DeadlineExceeded):
		c.note(notApplied, r, err.Error())
	default:
		c.counts[outcomeError]++
	}
}

// note counts what must not be.
func (c *trial) note(what string, r response, detail string) {
	c.counts[what]++
	c.t.Errorf("%s: %s: %s: %s\nsent %.300s", c.op.ID, what, r.name, detail, r.body)
}

func (c *trial) succeeded(r response, result reflect.Value) {
	if c.mustFail(r, result) {
		c.note(wrongSuccess, r, "")
		return
	}
	if !result.IsValid() {
		c.counts[outcomeEmpty]++
		return
	}
	if download, ok := result.Interface().(*caremux.Download); ok {
		defer download.Close()
		data, err := io.ReadAll(download)
		c.outcome(r, nil, differs(err == nil && bytes.Equal(data, r.body)))
		return
	}
	switch items := result; {
	case result.Kind() == reflect.Pointer && result.Elem().Kind() == reflect.Struct && result.Elem().FieldByName("NextCursor").IsValid():
		c.list(r, result.Elem().FieldByName("Items"))
	case items.Kind() == reflect.Slice:
		c.list(r, items)
	case result.Kind() == reflect.Pointer && result.Type().Elem().Kind() == reflect.Struct:
		c.record(r, result)
	default:
		c.outcome(r, nil, lostOfScalar(unwrapped(cmp.Or(string(r.plain), string(r.body))), reflect.Indirect(result), ""))
	}
}

func differs(same bool) string {
	if same {
		return ""
	}
	return "differs"
}

// unwrapped is a value out of the envelopes that it may be in.
func unwrapped(text string) []byte {
	body := scan.TrimSpace([]byte(text))
	if inner, ok := scan.Lookup(body, "data"); ok {
		body = inner
	}
	if elements, ok := scan.Elements(body); ok && len(elements) > 0 {
		body = elements[0]
	}
	return body
}

func (c *trial) record(r response, result reflect.Value) {
	raw := rawJSON(result)
	if raw == nil {
		c.counts[outcomeEmpty]++ // of a response that may be empty
		return
	}
	c.outcome(r, mismatch(result), lost(raw, result, ""))
}

func rawJSON(v reflect.Value) []byte {
	if v.Kind() != reflect.Pointer && v.CanAddr() {
		v = v.Addr()
	}
	if m := v.MethodByName("RawJSON"); m.IsValid() {
		return m.Call(nil)[0].Bytes()
	}
	return nil
}

func (c *trial) list(r response, items reflect.Value) {
	missing := ""
	if n := c.elements(r.body); r.class == fieldChanged && n >= 0 && n != items.Len() {
		missing = fmt.Sprintf("a list of %d became one of %d", n, items.Len())
	}
	var said error
	for i := range items.Len() {
		item := items.Index(i)
		raw := rawJSON(item)
		if raw == nil {
			continue
		}
		if m := mismatch(item); m != nil {
			said = m
			continue
		}
		if l := lost(raw, item, fmt.Sprintf("[%d]", i)); l != "" {
			missing = l
		}
	}
	c.outcome(r, said, missing)
}

// elements counts those of a page, without nulls, -1 if there is no list.
func (c *trial) elements(body []byte) int {
	paging, ok := c.op.Op.Extensions["x-pagination"].(map[string]any)
	if !ok {
		return -1
	}
	paths, ok := paging["items"].([]any)
	if !ok {
		paths = []any{paging["items"]}
	}
	for _, path := range paths {
		if value, ok := scan.Lookup(body, fmt.Sprint(path)); ok {
			elements, isList := scan.Elements(value)
			if !isList {
				return -1
			}
			n := 0
			for _, e := range elements {
				if string(e) != "null" {
					n++
				}
			}
			return n
		}
	}
	return -1
}

// outcome counts a success by what it holds.
func (c *trial) outcome(r response, said error, missing string) {
	switch {
	case said != nil && strings.Contains(said.Error(), marker):
		c.note(leak, r, said.Error())
	case said != nil && r.class == disguised:
		c.note(wrongFailure, r, said.Error())
	case said != nil:
		c.counts[outcomeMismatch]++
	case missing != "":
		c.note(silentLoss, r, missing)
	default:
		c.counts[outcomeWhole]++
	}
}

// mustFail reports whether a success cannot be one.
func (c *trial) mustFail(r response, result reflect.Value) bool {
	if !result.IsValid() { // nothing but success was promised
		return r.class == another || r.class == failed || r.class == led
	}
	if _, ok := result.Interface().(*caremux.Download); ok {
		return strings.Contains(r.header.Get("Content-Type"), "html") || r.class == failed && r.name != "list of errors"
	}
	return c.promiseOf(result.Type()).cannotBe(r)
}

// extension reads a mark of the operation, or of the document.
func (c *trial) extension(name string) bool {
	own, _ := c.op.Op.Extensions[name].(bool)
	all, _ := c.vendor.Spec.Doc.Extensions[name].(bool)
	return own || all
}
