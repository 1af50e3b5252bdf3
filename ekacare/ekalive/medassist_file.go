package ekalive

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/caremux/caremux"
)

// fileTypes are the extensions that the service takes, and their media types.
var fileTypes = map[string]string{"pdf": "application/pdf", "jpeg": "image/jpeg", "zip": "application/zip"}

// SendFile stores a file and sends it to the conversation with a string, which may be empty, and returns the id of that
// message. The name's extension must be pdf, jpeg, jpg or zip. Content that is not an [io.Seeker] is kept in memory.
//
// One file is sent at a time. The address comes with the messages of the service: read them meanwhile if many may be
// waiting. A refusal of the service is a [*MedAssistError], a file that could not be stored an [*UploadError]; the
// conversation goes on after both, and does not know of the file.
func (c *Conversation) SendFile(ctx context.Context, file caremux.File, text string) (id string, err error) {
	extension := strings.ToLower(strings.TrimPrefix(path.Ext(file.Name), "."))
	if extension == "jpg" {
		extension = "jpeg"
	}
	switch {
	case fileTypes[extension] == "":
		return "", &caremux.ArgumentError{Field: "Name", Rule: "must end with .pdf, .jpeg, .jpg or .zip"}
	case file.Content == nil:
		return "", &caremux.ArgumentError{Field: "Content", Rule: "is required"}
	case !utf8.ValidString(text):
		return "", &caremux.ArgumentError{Field: "text", Rule: "must be UTF-8"}
	}
	content, size, err := sized(file.Content)
	if err != nil {
		return "", err
	}
	if size == 0 {
		return "", &caremux.ArgumentError{Field: "Content", Rule: "must not be empty"}
	}
	select {
	case <-c.file:
		defer func() { c.file <- struct{}{} }()
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
	address, err := c.uploadAddress(ctx, extension)
	if err != nil {
		return "", err
	}
	mediaType := cmp.Or(file.ContentType, fileTypes[extension])
	if err := c.upload(ctx, address, mediaType, content, size); err != nil {
		return "", err
	}
	data := struct {
		URL  string `json:"url"`
		Text string `json:"text,omitempty"`
	}{address, text}
	return c.send(ctx, outgoing{Event: "chat", ContentType: "file", Data: data})
}

// sized is content of a known length.
func sized(content io.Reader) (io.Reader, int64, error) {
	if seeker, ok := content.(io.Seeker); ok {
		begin, err := seeker.Seek(0, io.SeekCurrent)
		if err == nil {
			end, err := seeker.Seek(0, io.SeekEnd)
			if err != nil {
				return nil, 0, err
			}
			_, err = seeker.Seek(begin, io.SeekStart)
			return content, end - begin, err
		}
	}
	all, err := io.ReadAll(content)
	return bytes.NewReader(all), int64(len(all)), err
}

// uploadAddress requests the address to store a file at.
func (c *Conversation) uploadAddress(ctx context.Context, extension string) (string, error) {
	reply := make(chan incoming, 1)
	abandoned := false
	c.change(func() {
		if abandoned = c.abandoned; !abandoned {
			c.uploading = reply
		}
	})
	if abandoned {
		return "", ErrUploadAbandoned
	}
	data := map[string]string{"extension": extension}
	if _, err := c.send(ctx, outgoing{Event: "chat", ContentType: "file", Data: data}); err != nil {
		c.change(func() { c.uploading = nil })
		return "", err
	}
	select {
	case in := <-reply:
		if in.err != nil {
			return "", in.err
		}
		address := in.message.(*FileMessage).URLs[0]
		if !safeStorage(address) {
			return "", &UploadError{Err: errors.New("the address is not an https URL")}
		}
		return address, nil
	case <-c.gone:
		return "", c.broken()
	case <-ctx.Done():
		c.change(func() {
			c.abandoned = c.abandoned || c.uploading != nil
			c.uploading = nil
		})
		return "", context.Cause(ctx)
	}
}

// takenForFile hands a message to the one who waits for an address, if it is for that one alone. An error of a code
// that is not about files may be of something else: it is for both, and an address that comes after it for nobody.
func (c *Conversation) takenForFile(in incoming) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, ours := in.message.(*FileMessage)
	var reported *MedAssistError
	if errors.As(in.err, &reported) {
		ours = reported.Code == "invalid_file_request" || reported.Code == "file_upload_inprogress"
	}
	if c.uploading == nil || !ours && reported == nil {
		return false
	}
	c.uploading <- in
	c.uploading, c.abandoned = nil, !ours
	return ours
}

// safeStorage reports whether a file of a patient may be sent to an address.
func safeStorage(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" && u.Hostname() != "" || u.Scheme == "http" && loopback(u))
}

func (c *Conversation) upload(ctx context.Context, address, mediaType string, content io.Reader, size int64) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, address, io.NopCloser(content))
	if err != nil {
		return &UploadError{Err: bare(err)}
	}
	req.ContentLength = size
	req.Header.Set("Content-Type", mediaType)
	req.Header.Set("x-ms-blob-type", "BlockBlob")
	var hc http.Client
	if c.options.client != nil {
		hc = *c.options.client
	}
	hc.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := hc.Do(req)
	if err != nil {
		return &UploadError{Err: bare(err)}
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // lets the connection be used again
	if resp.StatusCode/100 != 2 {
		return &UploadError{Status: resp.StatusCode}
	}
	return nil
}
