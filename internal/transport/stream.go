package transport

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/content"
	"github.com/caremux/caremux/internal/scan"
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
	return &caremux.Download{
		ReadCloser: body, Name: fileName(toldName(resp)), ContentType: resp.Header.Get("Content-Type"), Size: resp.ContentLength,
	}, nil
}

// file refuses a response in place of a download: a page, an error object, another kind of file than the promised one. What names itself a
// file is one, whatever its type.
func (a *attempts) file(resp *http.Response) error {
	if a.led(resp) {
		return errLed
	}
	if toldName(resp) != "" {
		return nil
	}
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	accept := cmp.Or(a.op.Accept, "*/*")
	switch {
	case strings.HasSuffix(media, "html") && !strings.HasSuffix(accept, "html"):
		a.body = peek(resp)
		return refused("the response is an HTML page")
	case media == "application/problem+json":
		a.body = peek(resp)
		a.text = a.body
		return saidSo()
	case isJSON(media) && !strings.Contains(accept, "json"):
		return a.notFile(resp, media, accept)
	case !fits(media, accept) && safeMedia(media):
		return refused("the response is " + media + ", not " + accept)
	}
	return nil
}

// notFile refuses JSON in place of a download, unless any file was wanted and it does not say that the call failed.
func (a *attempts) notFile(resp *http.Response, media, accept string) error {
	head := peek(resp)
	if text := scan.TrimSpace(head); len(text) > 0 && text[0] == '<' {
		a.body = head
		return markup(text, media)
	}
	if s := a.op.look(head, noFields); accept == "*/*" && (!s.whole || !s.failed || s.id) {
		return nil // a file of this type
	}
	a.body, a.text = head, head
	return explained("the response is JSON in place of a file")
}

// peek reads the beginning of a body, and leaves the body as it was.
func peek(resp *http.Response) []byte {
	head, err := io.ReadAll(io.LimitReader(resp.Body, maxError))
	rest := resp.Body
	resp.Body = &peeked{io.MultiReader(bytes.NewReader(head), &failing{rest, err}), rest}
	return head
}

type peeked struct {
	io.Reader
	io.Closer
}

// failing repeats the error that ended the first look, and reads on if there was none.
type failing struct {
	io.Reader
	err error
}

func (f *failing) Read(p []byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	return f.Reader.Read(p)
}

// fits reports whether a media type can be what was requested. A type that says nothing can.
func fits(media, accept string) bool {
	kind, _, _ := strings.Cut(accept, "/")
	switch media {
	case "", "application/octet-stream", "binary/octet-stream":
		return true
	}
	return kind == "*" || strings.HasPrefix(media, kind+"/")
}

// toldName is the name that a response tells for its file, "" if it tells none.
func toldName(resp *http.Response) string {
	_, params, err := mime.ParseMediaType(resp.Header.Get("Content-Disposition"))
	if err != nil {
		return ""
	}
	return params["filename"]
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
