package transport

import (
	"cmp"
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/content"
	"github.com/caremux/caremux/internal/scan"
	"github.com/caremux/caremux/internal/wire"
)

// This file is the front door: every way to make a call, and call, which all of them go through.

// Call sends an operation that returns one record.
func Call[T any](ctx context.Context, c *Client, op *Operation, in Input, opts []caremux.RequestOption) (*T, error) {
	out := new(T)
	if err := c.call(ctx, op, in, opts, recordInto(out)); err != nil {
		return nil, err
	}
	return out, nil
}

// recordInto decodes the record of a response into out, a pointer to a zero value.
func recordInto(out any) receiver {
	return func(a *attempts, body []byte) error {
		raw, err := a.content(body)
		if err != nil {
			return err
		}
		if a.count > 1 {
			reflect.ValueOf(out).Elem().SetZero() // an earlier attempt may have left something
		}
		return a.decodeRecord(raw, out, true)
	}
}

// List sends an operation that returns a bare list without pages.
func List[T any](ctx context.Context, c *Client, op *Operation, in Input, opts []caremux.RequestOption) ([]T, error) {
	var out []T
	err := c.call(ctx, op, in, opts, func(a *attempts, body []byte) error {
		raw, err := a.content(body)
		if err != nil {
			return err
		}
		out, err = decodeItems[T](a, asList(raw))
		return err
	})
	return out, err
}

// Scalar sends an operation that returns a single string, number or boolean.
func Scalar[T any](ctx context.Context, c *Client, op *Operation, in Input, opts []caremux.RequestOption) (T, error) {
	var out T
	err := c.call(ctx, op, in, opts, func(a *attempts, body []byte) error {
		raw, err := a.content(body)
		if err != nil {
			return err
		}
		return op.decodeScalar(raw, &out)
	})
	return out, err
}

// Exec sends an operation whose response says nothing beside its success.
func Exec(ctx context.Context, c *Client, op *Operation, in Input, opts []caremux.RequestOption) error {
	return c.call(ctx, op, in, opts, (*attempts).acknowledged)
}

// Read sends an operation and hands the record of its response to read, for records that their own codec decodes. An
// error of read makes the call fail with one that matches [caremux.ErrUnreadable]: its text is part of the call's, so
// that it must not contain a value.
func Read(
	ctx context.Context, c *Client, op *Operation, in Input, read func(raw []byte) error, opts []caremux.RequestOption,
) error {
	return c.call(ctx, op, in, opts, func(a *attempts, body []byte) error {
		raw, err := a.content(body)
		switch {
		case err != nil:
			return err
		case len(raw) == 0:
			return errEmptyAnswer
		}
		return unread(raw, read(raw))
	})
}

// Do sends a call that no method exists for. path is escaped as in a URL and may contain the placeholders that the client
// fills. out is nil, *json.RawMessage, or a pointer to what the response is decoded into.
func (c *Client) Do(ctx context.Context, method, path string, query, body, out any, opts ...caremux.RequestOption) error {
	op := &Operation{Name: "Do", Method: strings.ToUpper(method), Path: path, literal: true, OptionalBody: true}
	if field, rule := op.brokenRule(out); rule != "" {
		return &caremux.ArgumentError{Vendor: c.settings.Vendor, Operation: op.Name, Field: field, Rule: rule}
	}
	in := Input{Query: query}
	if !wire.IsNil(body) {
		in.Body = content.JSON(body)
	}
	return c.call(ctx, op, in, opts, func(a *attempts, body []byte) error {
		if out == nil {
			return a.acknowledged(body)
		}
		body, err := a.accept(body)
		if err != nil {
			return err
		}
		if raw, ok := out.(*json.RawMessage); ok {
			return a.decodeRaw(body, raw)
		}
		return a.decodeRecord(scan.TrimSpace(body), out, false)
	})
}

// Page sends a list operation and returns the page that its params ask for.
func Page[T any](ctx context.Context, c *Client, op *Operation, in Input, opts []caremux.RequestOption) (*caremux.Page[T], error) {
	p, err := newPager(c, op, in, itemsOf[T], opts)
	if err != nil {
		return nil, err
	}
	f := p.fetch(p.first, progress{})
	return pageOf[T](f, f.found(ctx, c.call(ctx, op, f.in, nil, f.receive)))
}

// PageOf is [Page] of items that read decodes from their JSON; see [Read] for its errors.
func PageOf[T any](ctx context.Context, c *Client, op *Operation, in Input, read func([]byte) (T, error),
	opts []caremux.RequestOption) (*caremux.Page[T], error) {
	p, err := newPager(c, op, in, itemsBy(read), opts)
	if err != nil {
		return nil, err
	}
	f := p.fetch(p.first, progress{})
	return pageOf[T](f, f.found(ctx, c.call(ctx, op, f.in, nil, f.receive)))
}

// Pages ranges over the pages from the one that the params ask for. The params are copied at once.
func Pages[T any](
	ctx context.Context, c *Client, op *Operation, in Input, opts []caremux.RequestOption,
) iter.Seq2[*caremux.Page[T], error] {
	p, err := newPager(c, op, in, itemsOf[T], opts)
	return pages[T](c.Within(ctx), p, err)
}

// PagesOf is [Pages] of items that read decodes from their JSON; see [Read] for its errors.
func PagesOf[T any](ctx context.Context, c *Client, op *Operation, in Input, read func([]byte) (T, error),
	opts []caremux.RequestOption) iter.Seq2[*caremux.Page[T], error] {
	p, err := newPager(c, op, in, itemsBy(read), opts)
	return pages[T](c.Within(ctx), p, err)
}

// All ranges over the items of all pages from the one that its params ask for. The params are copied at once.
func All[T any](ctx context.Context, c *Client, op *Operation, in Input, opts []caremux.RequestOption) iter.Seq2[T, error] {
	p, err := newPager(c, op, in, itemsOf[T], opts)
	return items[T](c.Within(ctx), p, err)
}

// AllOf is [All] of items that read decodes from their JSON; see [Read] for its errors.
func AllOf[T any](ctx context.Context, c *Client, op *Operation, in Input, read func([]byte) (T, error),
	opts []caremux.RequestOption) iter.Seq2[T, error] {
	p, err := newPager(c, op, in, itemsBy(read), opts)
	return items[T](c.Within(ctx), p, err)
}

// Stream sends an operation that responds with a file and hands its body on unread. The client's timeout bounds the time to
// the first byte, and then from one read to the next, so that neither a stalled nor a long download goes wrong.
func Stream(ctx context.Context, c *Client, op *Operation, in Input, opts []caremux.RequestOption) (*caremux.Download, error) {
	in.file = true
	var download *caremux.Download
	in.take = func(a *attempts, resp *http.Response) (err error) {
		download, err = a.download(resp)
		return err
	}
	err := c.call(ctx, op, in, opts, nil)
	if err != nil && download != nil {
		_ = download.Close()
		return nil, err
	}
	return download, err
}

// Fetch is [Stream] of a whole address that the vendor named, such as a signed link to a storage service. No credentials are
// sent there.
func Fetch(ctx context.Context, c *Client, operation, address string, opts []caremux.RequestOption) (*caremux.Download, error) {
	op := &Operation{Name: operation, Method: "GET", literal: true, Anonymous: true}
	u, err := c.storageAddress(address)
	if err != nil {
		return nil, c.named(op, err)
	}
	return Stream(ctx, c, op, Input{url: u}, opts)
}

// Send sends a body to a whole address that the vendor named, such as a signed link to a storage service, and wants a
// response that only the storage sends: a status of success without a body, or status 201 with the storage's own
// document. A page under 200 comes from somebody on the way, or is an error. No credentials and no headers of the caller
// go there; the client's connections, middleware and retries serve it. A signed link names the place that the body ends
// up in, so that sending it twice does no harm: it is retried like a GET.
//
// The client's timeout does not bound the call. patience bounds, in each attempt, how long nothing moves: no byte of the body is
// requested and no response comes. 0 is not a bound.
func Send(
	ctx context.Context,
	c *Client,
	operation, method, address string,
	body content.Body,
	patience time.Duration,
	retry *caremux.RetryPolicy,
) error {
	op := &Operation{Name: operation, Method: method, literal: true, Anonymous: true}
	u, err := c.storageAddress(address)
	if err != nil {
		return c.named(op, err)
	}
	// The operation is not marked as idempotent: that would say that it changes nothing.
	config := &caremux.CallConfig{Retry: retry, Idempotent: true, Timeout: new(time.Duration)}
	return c.toStorage(patience).call(ctx, op, Input{url: u, Body: body, config: config, take: (*attempts).stored}, nil, nil)
}

// receiver takes the body of a success, which has been read as UTF-8, and says whether it is what was promised.
type receiver func(a *attempts, body []byte) error

// call sends one operation and returns when its response has been received, or when it failed for good.
func (c *Client) call(ctx context.Context, op *Operation, in Input, opts []caremux.RequestOption, receive receiver) error {
	// Options: what holds for this call alone, and whether it may be made at all.
	cfg, err := c.options(op, in, opts)
	if err != nil {
		return c.named(op, err)
	}
	a := &attempts{client: c, op: op, config: cfg, path: in.Path, take: in.take, receive: receive, sealing: c.sealingOf(op, in),
		policy:         c.config.Retry,
		mayGoElsewhere: in.url != nil && op.Anonymous || in.file && op.Method == http.MethodGet}
	if cfg.Retry != nil {
		a.policy = cfg.Retry.WithDefaults()
	}
	timeout := c.config.Timeout
	if cfg.Timeout != nil {
		timeout = *cfg.Timeout
	}

	// Build: input becomes a request. What is wrong with it is found here, before anything is sent.
	bare, err := a.build(&in)
	if err != nil {
		return c.named(op, err)
	}
	files := a.payload.Files

	// Line: the clock runs, the call gets its place in that of the vendor's pace, and its sends are watched from here on.
	a.started = time.Now()
	ctx = a.clock.start(ctx, timeout, c.alarm, a.started)
	defer a.clock.end()
	a.takePlace(ctx, bare.URL)
	defer a.lane.pace.Gone(&a.place)
	req, forget := a.watched(ctx, &bare)
	defer forget()
	if err := a.seal(ctx, req, in.Body); err != nil {
		return err
	}

	// Attempts, each authorised: receive takes the response of the one that succeeds.
	a.session = c.session(ctx)
	err = a.send(ctx, req)
	if b := a.lane.budget; b != nil && a.works(err) {
		b.Succeeded(op.Name)
	}

	// Report: to the caller's Response and to the observers.
	c.report(ctx, a, cfg, err)
	files.Raise()
	return err
}

// options resolves the options of a call, unless its door has done so, and asks the vendor's rules whether it may be made.
func (c *Client) options(op *Operation, in Input, opts []caremux.RequestOption) (*caremux.CallConfig, error) {
	cfg := in.config
	if cfg == nil {
		var err error
		if cfg, err = caremux.NewCallConfig(opts); err != nil {
			return nil, err
		}
		if cfg.StartAt != nil {
			return nil, errStartAt
		}
	}
	if in.file && cfg.Header.Get("Accept") == "" {
		cfg.Header = cfg.Header.Clone()
		if cfg.Header == nil {
			cfg.Header = http.Header{}
		}
		cfg.Header.Set("Accept", cmp.Or(op.Accept, "*/*"))
	}
	if permit := c.settings.Permit; permit != nil {
		return cfg, permit(op, cfg.Header)
	}
	return cfg, nil
}
