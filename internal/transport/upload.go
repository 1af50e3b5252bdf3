package transport

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/content"
)

// stored refuses a response that is none of a storage.
func (a *attempts) stored(resp *http.Response) error {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxError))
	_ = resp.Body.Close()
	switch {
	case a.sends.turned.Load(): // a page that was requested by GET says nothing of the body
		return &ShapeError{Reason: "the storage led to another page", Kind: caremux.ErrUnreadable}
	case err == nil && !saysStored(resp.StatusCode, body):
		return &ShapeError{Reason: "the response is not that of a storage", Kind: caremux.ErrUnreadable}
	}
	return err
}

// saysStored reports whether a response is how storage services say that they have the body.
func saysStored(status int, body []byte) bool {
	body = bytes.TrimSpace(body)
	return len(body) == 0 || status == http.StatusCreated && bytes.Contains(body[:min(len(body), 512)], []byte("<PostResponse"))
}

// toStorage is a client whose attempts end when nothing moves for too long, and that reads errors as storage services write them.
func (c *Client) toStorage(patience time.Duration) *Client {
	d := *c
	settings := *c.settings
	settings.Header, settings.Explain = nil, explainStorage
	d.settings = &settings
	d.patient = patience > 0
	if c.config.HTTPClient == nil {
		d.fixed = &watch{c.fixed, patience}
		return &d
	}
	user := *c.config.HTTPClient
	if user.Transport == nil {
		user.Transport = http.DefaultTransport
	}
	user.Transport = &watch{c.chain.wrap(user.Transport), patience}
	config := *c.config
	config.HTTPClient = &user
	d.config, d.chain = &config, &chain{} // the middleware is below the watch already
	return &d
}

// explainStorage takes the code from <Error><Code>…</Code>.
func explainStorage(e *caremux.Error, body []byte) error {
	_, rest, _ := bytes.Cut(body, []byte("<Code>"))
	if code, _, ok := bytes.Cut(rest, []byte("</Code>")); ok {
		e.Code = string(code)
	}
	return nil
}

// watch ends an attempt in which nothing moves.
type watch struct {
	next     http.RoundTripper
	patience time.Duration
}

func (w *watch) RoundTrip(r *http.Request) (*http.Response, error) {
	if w.patience <= 0 {
		return w.next.RoundTrip(r)
	}
	ctx, cancel := context.WithCancelCause(r.Context())
	idle := content.NewIdle(w.patience, func() { cancel(content.ErrStalled) })
	end := func() {
		idle.End()
		cancel(nil)
	}
	stalled := func(err error) error {
		if err != nil && context.Cause(ctx) == error(content.ErrStalled) {
			return content.ErrStalled
		}
		return err
	}
	sent := r.WithContext(ctx)
	if r.Body != nil {
		sent.Body = &movingBody{content.Leaving(ctx, r.Body), r.Body, idle}
	}
	returned := false
	defer func() {
		if !returned { // a panic of middleware
			end()
		}
	}()
	resp, err := w.next.RoundTrip(sent)
	returned = true
	if err != nil {
		err = stalled(err)
		end()
		return nil, err
	}
	idle.Moved()
	resp.Body = &watchedResponse{resp.Body, idle, stalled, end}
	return resp, nil
}

type movingBody struct {
	io.Reader
	io.Closer
	idle *content.Idle
}

func (b *movingBody) Read(p []byte) (int, error) {
	b.idle.Moved()
	n, err := b.Reader.Read(p)
	b.idle.Moved()
	return n, err
}

type watchedResponse struct {
	io.ReadCloser
	idle    *content.Idle
	stalled func(error) error
	end     func()
}

func (r *watchedResponse) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		return n, r.stalled(err)
	}
	r.idle.Moved()
	return n, err
}

func (r *watchedResponse) Close() error {
	err := r.ReadCloser.Close()
	r.end()
	return err
}
