package transport

import (
	"context"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/content"
)

// download hands the body of a response on unread. From here on no read may take longer than the client's timeout.
func (a *attempts) download(resp *http.Response) (*caremux.Download, error) {
	if err := a.file(resp); err != nil {
		_ = resp.Body.Close()
		return nil, err
	}
	a.clock.keep()
	body := &streamBody{ReadCloser: resp.Body, ctx: a.clock.ctx, cancel: a.clock.cancel, of: caremux.Error{
		Vendor: a.client.settings.Vendor, Operation: a.op.Name, Method: a.op.Method, Path: a.op.shownPath(),
		Status: resp.StatusCode, Attempts: a.count, Kind: caremux.ErrUnreadable,
	}}
	body.idle = content.NewIdle(a.clock.timeout, func() { body.cancel(errTimeout) })
	body.idle.Rest()
	download := &caremux.Download{ReadCloser: body, ContentType: resp.Header.Get("Content-Type"), Size: resp.ContentLength}
	if _, params, err := mime.ParseMediaType(resp.Header.Get("Content-Disposition")); err == nil {
		download.Name = fileName(params["filename"])
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

// streamBody is a download's body, of which each read is bounded by the client's timeout.
type streamBody struct {
	io.ReadCloser
	ctx    context.Context
	cancel context.CancelCauseFunc
	idle   *content.Idle
	of     caremux.Error // of what its errors are
}

func (b *streamBody) Read(p []byte) (int, error) {
	b.idle.Moved()
	n, err := b.ReadCloser.Read(p)
	b.idle.Rest() // between two reads the caller may take its time
	if err != nil && err != io.EOF {
		if cause := context.Cause(b.ctx); cause != nil {
			err = cause
		}
		err = caremux.NewError(b.of, caremux.ErrorParts{Cause: bare(err), Reason: reason(err)})
	}
	return n, err
}

// Close ends the download and frees its connection.
func (b *streamBody) Close() error {
	err := b.ReadCloser.Close()
	b.idle.End()
	b.cancel(nil)
	return err
}
