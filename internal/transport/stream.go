package transport

import (
	"cmp"
	"context"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/content"
)

// Stream sends an operation that responds with a file and hands its body on unread. The client's timeout bounds the time to
// the first byte, and then from one read to the next, so that neither a stalled nor a long download goes wrong.
func Stream(ctx context.Context, c *Client, op *Operation, in Input, opts []caremux.RequestOption) (*caremux.Download, error) {
	cfg, err := caremux.NewCallConfig(opts)
	if err != nil {
		return nil, c.named(op, err)
	}
	timeout := c.config.Timeout
	if cfg.Timeout != nil {
		timeout = *cfg.Timeout
	}
	if cfg.Header.Get("Accept") == "" {
		cfg.Header = cfg.Header.Clone()
		if cfg.Header == nil {
			cfg.Header = http.Header{}
		}
		cfg.Header.Set("Accept", cmp.Or(op.Accept, "*/*"))
	}
	in.file = true
	ctx, cancel := context.WithCancelCause(ctx)
	var first clock // bounds the time to the first byte
	first.start(timeout, cancel)
	body := &streamBody{ctx: ctx, cancel: cancel}
	var download *caremux.Download
	var status, attempt int
	err = c.call(ctx, &first, op, in, cfg, func(a *attempts, resp *http.Response) error {
		if err := a.file(resp); err != nil {
			_ = resp.Body.Close()
			return err
		}
		first.stop()
		body.ReadCloser = resp.Body
		body.idle = content.NewIdle(timeout, func() { cancel(errTimeout) })
		body.idle.Rest()
		status, attempt = resp.StatusCode, a.count
		download = &caremux.Download{ReadCloser: body, ContentType: resp.Header.Get("Content-Type"), Size: resp.ContentLength}
		if _, params, err := mime.ParseMediaType(resp.Header.Get("Content-Disposition")); err == nil {
			download.Name = fileName(params["filename"])
		}
		return nil
	})
	if err != nil {
		first.stop()
		body.stop()
		return nil, err
	}
	body.failed = func(err error) error {
		return caremux.NewError(caremux.Error{
			Vendor: c.settings.Vendor, Operation: op.Name, Method: op.Method, Path: op.shownPath(),
			Status: status, Attempts: attempt, Kind: caremux.ErrUnreadable,
		}, caremux.ErrorParts{Cause: bare(err), Reason: reason(err)})
	}
	return download, nil
}

// fileName is the last element of a name that the vendor told: callers save files under it.
func fileName(told string) string {
	name := told[strings.LastIndexAny(told, `/\`)+1:]
	if name == "." || name == ".." {
		return ""
	}
	return name
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

// streamBody is a download's body, of which each read is bounded by the client's timeout.
type streamBody struct {
	io.ReadCloser
	ctx    context.Context
	cancel context.CancelCauseFunc
	idle   *content.Idle
	failed func(error) error
}

func (b *streamBody) Read(p []byte) (int, error) {
	b.idle.Moved()
	n, err := b.ReadCloser.Read(p)
	b.idle.Rest() // between two reads the caller may take its time
	if err != nil && err != io.EOF {
		if cause := context.Cause(b.ctx); cause != nil {
			err = cause
		}
		err = b.failed(err)
	}
	return n, err
}

// Close ends the download and frees its connection.
func (b *streamBody) Close() error {
	err := b.ReadCloser.Close()
	b.stop()
	return err
}

func (b *streamBody) stop() {
	b.idle.End()
	b.cancel(nil)
}
