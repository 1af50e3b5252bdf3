package transport

import (
	"context"
	"errors"
	"net/http"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/login"
)

// authorise puts the client's token into the request, and then the caller's own headers, which win. A retry without a token keeps what it
// has.
func (a *attempts) authorise(ctx context.Context, req *http.Request) error {
	if a.count > 0 && a.token == "" {
		return nil
	}
	if ctx.Err() != nil {
		return a.notSent(context.Cause(ctx))
	}
	a.token = ""
	if !a.op.Anonymous {
		c := a.client
		if needs := c.settings.NeedsToken; c.tokens != nil && (needs == nil || needs(a.op)) {
			token, err := a.session.Token(ctx)
			if err != nil {
				return a.notSent(err)
			}
			a.token = token
		}
		if apply := c.settings.Authorise; apply != nil {
			apply(req, a.op, a.token)
		} else if a.token != "" {
			req.Header["Authorization"] = []string{"Bearer " + a.token}
		}
	}
	own := a.config.Header
	if len(own) == 0 {
		return nil
	}
	carried := carries(req.Header, a.token)
	for name, values := range own {
		req.Header[name] = values
	}
	if carried && !carries(req.Header, a.token) {
		a.token = "" // the call goes with the caller's own credentials, whose refusal says nothing of the token
	}
	return nil
}

// sessionKey is where the context of a call that makes further calls has the session that they share.
type sessionKey struct{ tokens *login.Tokens }

// session begins a call, or continues one that [Client.Within] has begun.
func (c *Client) session(ctx context.Context) (s login.Session) {
	if c.tokens == nil {
		return s
	}
	if s, ok := ctx.Value(sessionKey{c.tokens}).(login.Session); ok {
		return s
	}
	return c.tokens.Begin()
}

// Within makes the calls with the context it returns parts of one call: after a logout none of them logs in.
func (c *Client) Within(ctx context.Context) context.Context {
	if c.tokens == nil {
		return ctx
	}
	return context.WithValue(ctx, sessionKey{c.tokens}, c.session(ctx))
}

// subject names what a token was refused for: the operation, with the address where that is a caller's own.
func (a *attempts) subject() string {
	if !a.op.literal {
		return a.op.Name
	}
	return a.op.Method + " " + a.op.Path
}

// tokenAccepted notes that the vendor took the token, whatever it said to the call.
func (a *attempts) tokenAccepted() {
	switch {
	case a.token == "" || a.elsewhere, a.status == 0 || a.status == http.StatusUnauthorized:
	case a.status < 500: // a proxy's 502 says nothing of it
		a.session.Accepted(a.token, a.subject())
	}
}

// anotherToken reports whether the call is worth sending again: the vendor refused its token, and there is another one.
// An error is that of the login which should have returned it.
func (a *attempts) anotherToken(ctx context.Context, replayed bool) (bool, error) {
	if a.status != http.StatusUnauthorized || a.token == "" || a.elsewhere {
		return false, nil
	}
	use := a.session.Use(a.token, a.subject())
	switch {
	case replayed:
		a.session.RefusedAgain(a.subject())
		use.Replaced = true
	case a.payload.Once && a.mayHaveLeft.Load(), a.applied && !a.safe(): // the 401 came behind a redirect to what the call may have made
		a.session.ReplaceLater(ctx, a.token, a.subject())
	default:
		again, err := a.session.Replace(ctx, a.token, a.subject())
		if again || err != nil {
			return again, err
		}
		use = a.session.Use(a.token, a.subject())
	}
	if refused := a.client.settings.Refused; refused != nil {
		refused(a.err, use)
	}
	return false, nil
}

// loginFailed is the error of a call whose token was refused, and whose login for another one failed.
func (a *attempts) loginFailed(err error) error {
	if a.applied || !errors.As(err, new(*caremux.Error)) {
		return a.then(err)
	}
	return a.notSent(err)
}

// Logout ends the session of the client's user: no call that has begun logs in again, and end is called with each token
// of which the vendor may still know. All of it together is bounded by the client's timeout, or that of the options.
func (c *Client) Logout(
	ctx context.Context, op *Operation, opts []caremux.RequestOption, end func(ctx context.Context, token string) error,
) error {
	cfg, err := caremux.NewCallConfig(opts)
	if err != nil {
		return c.named(op, err)
	}
	if c.tokens == nil {
		return nil
	}
	timeout := c.config.Timeout
	if cfg.Timeout != nil {
		timeout = *cfg.Timeout
	}
	if timeout == 0 {
		timeout = caremux.DefaultTimeout
	}
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, errTimeout)
	defer cancel()
	tokens, late := c.tokens.End(ctx)
	for _, token := range tokens {
		if failed := end(ctx, token); err == nil {
			err = failed
		}
	}
	if err == nil && late != nil {
		e := caremux.Error{Vendor: c.settings.Vendor, Operation: op.Name, Method: op.Method, Path: op.Path}
		err = caremux.NewError(e, caremux.ErrorParts{
			Cause: late, Reason: "a login that was under way did not end in time, and may have begun a session", MaybeApplied: true,
		})
	}
	return err
}
