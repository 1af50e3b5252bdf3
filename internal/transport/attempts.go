package transport

import (
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/content"
	"github.com/caremux/caremux/internal/login"
	"github.com/caremux/caremux/internal/pace"
	"github.com/caremux/caremux/internal/scan"
)

// go-retryablehttp runs the attempts of a call. Its hooks, which send sets, are called for each attempt in this order:
//
//	SetBody          open       the body begins anew
//	RequestLogHook   begin      the attempt counts; what the last one left is forgotten
//	HTTPClient                  the request goes through the user's middleware to the connections
//	CheckRetry       check      the header of the response is there, or an error: was it a failure, and may it be repeated?
//	ResponseHandler  received   of a success: the body is read and decoded
//	CheckRetry       check      the outcome of that
//	Backoff          backoff    how long to wait, which check has decided
//	PrepareRetry     prepare    the wait is over: the budget, the line, the limiter and the token of the next attempt
//	ErrorHandler                the library's own texts are not used: a.err says what happened

// attempts is the state of one call while it is sent, and sent again.
type attempts struct {
	client  *Client
	op      *Operation
	config  *caremux.CallConfig // what the options say of this call
	path    []string            // the values of the operation's placeholders
	payload content.Payload
	policy  caremux.RetryPolicy
	take    func(a *attempts, resp *http.Response) error // see Input
	receive receiver
	sends   *sends   // nil for operations that change nothing
	sealing *Sealing // nil if bodies go in the clear

	mayGoElsewhere bool // a redirect may lead to another origin; see redirects

	count       int
	session     login.Session
	token       string
	mayHaveLeft atomic.Bool // the body has been read
	started     time.Time
	failures    int       // attempts that failed, refusals not among them
	failed      time.Time // the first of them

	http  http.Client // see Client.httpClient
	retry retryablehttp.Client

	lane  *lane
	place pace.Place
	clock clock
	waits waits

	attempt // the latest

	// These stick: once an attempt may have left, or had an effect, no later one can take that back.
	left, applied bool
}

// attempt is what is known of one attempt.
type attempt struct {
	answered  bool // its response has been looked at
	elsewhere bool // a redirect led to another origin
	waiting   bool // it failed and a wait for the next one has begun
	refused   bool // it was refused, and goes back to the line
	wait      time.Duration
	status    int
	header    http.Header
	body      []byte   // as received
	text      []byte   // the body as UTF-8
	names     Resolver // of the body, nil if it needs none
	failure   failure
	err       *caremux.Error

	late        *pace.Late // its refusal requests a longer wait than the call may have
	pausedUntil time.Time  // of the pause that its refusal began
}

// waits is how long a call has waited, and for what.
type waits struct {
	between time.Duration // two attempts
	lined   time.Duration // in the line, for the limiter or for the budget
	longest time.Duration // of these
	reason  string        // of the longest
}

// watched is the request of a call with its context, beneath whose attempts every send is watched, and what ends that.
func (a *attempts) watched(ctx context.Context, bare *http.Request) (*http.Request, func()) {
	forget := func() {}
	if len(a.client.config.Middleware) > 0 {
		ctx = caremux.ContextWithCall(ctx, a.client.callOf(a))
	}
	if !a.op.reads() {
		a.sends = &sends{once: !a.safe()}
		if sendsResetsAgain && a.sends.once {
			ctx, a.sends.stop = context.WithCancelCause(ctx)
		}
		ctx = context.WithValue(ctx, sendsKey{}, a.sends)
		if len(a.client.config.Middleware) > 0 {
			var tag string
			tag, forget = tagged.add(a.sends)
			bare.Header[tagHeader] = []string{tag}
		}
	}
	return bare.WithContext(ctx), forget
}

// sentOnce spells small what makes net/http send a POST again by itself when its connection breaks: a name that means the same to the
// vendor, and that net/http does not look for. Whether a second time does no harm is WithIdempotent's to say.
func sentOnce(own http.Header) http.Header {
	once := own
	for _, name := range [...]string{"Idempotency-Key", "X-Idempotency-Key"} {
		if values, ok := own[name]; ok {
			once = once.Clone()
			delete(once, name)
			once[strings.ToLower(name)] = values
		}
	}
	return once
}

// resendable is a request like one that has been sent and may still be in the hands of its connection. Cookies are left out: the
// jar adds its own to each request that is sent.
func resendable(sent *http.Request) *http.Request {
	req := sent.Clone(sent.Context())
	req.Body, req.GetBody = nil, nil
	req.Header.Del("Cookie")
	return req
}

// carries reports whether a header contains the token.
func carries(h http.Header, token string) bool {
	if token == "" {
		return false
	}
	for _, values := range h {
		if slices.ContainsFunc(values, func(value string) bool { return strings.Contains(value, token) }) {
			return true
		}
	}
	return false
}

// notSent is the error of a call that a login kept from being sent.
func (a *attempts) notSent(err error) error {
	var login *caremux.Error
	switch {
	case !errors.As(err, &login):
		a.fail(failedForGood, err)
		return a.err
	case a.left:
		// The login may have been applied, but not the call.
		return caremux.NewError(*login, caremux.ErrorParts{Body: login.Body(), Cause: err})
	}
	return caremux.NewError(*login, caremux.ErrorParts{Body: login.Body(), Cause: unsent{err}})
}

// send makes attempts until one succeeds or must not be followed by another: with the client's token, and with another one if the first was
// refused.
func (a *attempts) send(ctx context.Context, req *http.Request) (err error) {
	rc := &a.retry
	rc.HTTPClient = a.client.httpClient(a)
	rc.RetryMax = math.MaxInt // check counts
	rc.RequestLogHook = func(retryablehttp.Logger, *http.Request, int) { a.begin() }
	rc.CheckRetry = a.check
	rc.Backoff = func(_, _ time.Duration, _ int, _ *http.Response) time.Duration { return a.backoff() }
	rc.PrepareRetry = a.prepare
	rc.ErrorHandler = retryablehttp.PassthroughErrorHandler
	for replayed := false; ; replayed = true {
		if replayed {
			req = resendable(req)
		}
		if err = a.ready(ctx, req); err != nil {
			if replayed && a.applied && err != error(a.err) {
				err = a.then(err) // the login's error would say that nothing has happened
			}
			return err
		}
		var r *retryablehttp.Request
		if r, err = a.retryable(ctx, req); err == nil {
			_, err = rc.Do(r)
			err = a.outcome(err)
		}
		a.tokenAccepted()
		if err == nil {
			return nil
		}
		more, failed := a.anotherToken(ctx, replayed)
		if failed != nil {
			err = a.loginFailed(failed)
		}
		if !more {
			return err
		}
	}
}

// retryable is the request with its body and the hook that takes its response.
func (a *attempts) retryable(ctx context.Context, req *http.Request) (*retryablehttp.Request, error) {
	a.err = nil
	r, err := retryablehttp.FromRequest(req)
	if err != nil {
		return nil, err
	}
	if a.payload.Open != nil {
		if err := r.SetBody(func() (io.Reader, error) { return a.open(ctx) }); err != nil {
			a.fail(failedForGood, err)
			return nil, a.err
		}
		r.ContentLength = a.payload.Size
		if a.payload.Once {
			r.GetBody = nil
		}
	}
	r.SetResponseHandler(a.received)
	return r, nil
}

// outcome is the error of attempts of which the last has been made; err is what go-retryablehttp says.
func (a *attempts) outcome(err error) error {
	switch {
	case a.waiting:
		// The context ended in the wait, or the next attempt could not be made ready.
		if err != error(a.err) {
			a.err = a.then(err)
		}
	case err != nil && a.err == nil:
		a.fail(failedForGood, err)
	}
	if a.err != nil {
		return a.err
	}
	return nil
}

// open starts the body and notes when it is read, for one that can be read only once.
func (a *attempts) open(ctx context.Context) (io.Reader, error) {
	r, err := a.payload.Open(ctx)
	if err != nil {
		return nil, err
	}
	if a.payload.MayHang && !a.client.patient { // else the watch sees to it
		r = content.Leaving(ctx, r)
	}
	if !a.payload.Once {
		return r, nil
	}
	return &watched{r, a}, nil
}

type watched struct {
	io.Reader
	attempts *attempts
}

func (w *watched) Read(p []byte) (int, error) {
	w.attempts.mayHaveLeft.Store(true)
	return w.Reader.Read(p)
}

// begin starts an attempt.
func (a *attempts) begin() {
	a.count++
	if a.waiting {
		a.waits.between += a.backoff()
	}
	a.attempt = attempt{}
	if a.sends != nil {
		a.sends.reset()
	}
}

// backoff is the wait before a retry. A refused attempt waits in the line instead.
func (a *attempts) backoff() time.Duration {
	if a.refused {
		return 0
	}
	return a.wait
}

// prepare brings the next attempt to where it may leave, with the token that is valid by then.
func (a *attempts) prepare(next *http.Request) error {
	ctx := a.clock.ctx // a login must not find what watches the sends of this call in its context
	if !a.refused {
		if err := a.spend(ctx); err != nil {
			return err
		}
	}
	next.Header = next.Header.Clone() // the connection may still hold the last attempt's
	next.Header.Del("Cookie")         // the jar adds its own to each request that is sent
	if own, ok := a.config.Header["Cookie"]; ok {
		next.Header["Cookie"] = own
	}
	return a.ready(ctx, next)
}

// check looks at the outcome of an attempt: once when the response's header is there, and once more when its body has been
// received.
func (a *attempts) check(ctx context.Context, resp *http.Response, err error) (bool, error) {
	if a.payload.Files.Ended() {
		if resp != nil {
			_ = resp.Body.Close()
		}
		a.fail(a.classify(content.ErrEnded), content.ErrEnded)
		return false, nil
	}
	switch {
	case !a.answered && err != nil:
		a.answered = true
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		a.lane.pace.Gone(&a.place)
		a.fail(a.classify(err), err)
	case !a.answered:
		a.answered = true
		a.status, a.header = resp.StatusCode, resp.Header
		if a.op.Anonymous && !a.op.literal && a.client.tokens != nil { // a login
			a.client.Clock().Learn(resp.Header)
		}
		if resp.StatusCode >= 200 && resp.StatusCode < 300 {
			a.settle()
			return false, nil
		}
		a.body = readError(resp)
		a.text = a.openedError(scan.TrimBOM(a.body))
		if resp.StatusCode == http.StatusBadRequest && wantsTLS(a.text) {
			a.fail(failedForGood, errWantsTLS)
		} else {
			a.fail(failedByStatus, nil)
		}
		a.refused = a.settle()
	case err != nil:
		a.failToRead(ctx, err)
	default:
		return false, nil // received, or failed by its status and looked at before
	}
	again := a.retries(ctx)
	a.waiting = again
	a.client.reportAttempt(ctx, a)
	return again, nil
}

// requestID returns the vendor's id of a request from the response's header.
func (c *Client) requestID(h http.Header) string {
	for _, name := range c.settings.RequestID {
		if id := h.Get(name); id != "" {
			return id
		}
	}
	return ""
}
