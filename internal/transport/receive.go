package transport

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
)

// Limits, which tests lower.
var (
	maxAnswer  int64 = 64 << 20 // a decoded response; downloads have no limit
	maxError   int64 = 1 << 20  // a failed response's body
	maxItems         = 250_000  // the elements of a list that becomes Go values
	maxObjects       = 500_000  // in a response: the smallest is two bytes, and hundreds as a Go value
	maxValues        = 4 << 20  // in a response
)

var (
	errEmptyAnswer = errors.New("empty response")
	errNotJSON     = errors.New("the response is not the documented JSON")
)

// sizeError is a response beyond the limits. Its text is the reason that the caller is told.
type sizeError string

func (e sizeError) Error() string { return string(e) }

const (
	errTooLarge sizeError = "the response is larger than the client accepts"
	errTooMany  sizeError = "the response has more values than the client accepts"
)

// checkSize refuses a response that would take many times its own size as Go values.
func checkSize(body []byte) error {
	if bytes.Count(body, []byte("{")) > maxObjects || bytes.Count(body, []byte(",")) > maxValues {
		return errTooMany
	}
	return nil
}

// received takes the response of an attempt, unless check has found a failure: that one has been read.
func (a *attempts) received(resp *http.Response) error {
	if a.err != nil {
		return nil
	}
	if err := decompress(resp); err != nil {
		_ = resp.Body.Close()
		return err
	}
	if a.take != nil {
		return a.take(a, resp)
	}
	if a.op.Method == http.MethodHead { // its Content-Length is that of the GET
		if err := resp.Body.Close(); err != nil {
			return err
		}
		return a.receive(a, nil)
	}

	// Read: within limits, for the caller's Response too.
	body, err := readAnswer(resp)
	a.body, a.text, a.names = body, body, nil
	switch {
	case a.led(resp):
		return errLed // whatever came
	case err != nil:
		return err
	}

	// Text: as UTF-8, and in the clear.
	if body, err = utf8Text(body, resp.Header.Get("Content-Type")); err != nil {
		return err
	}
	if body, err = a.opened(body); err != nil {
		return err
	}
	a.text = body

	// Accept and decode: what was promised is known to the door.
	return a.receive(a, body)
}

// buffers are scratch space for responses whose length is not known beforehand.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

const maxBuffer = 1 << 20 // that is kept for other responses

// believed is how much of an announced length is made room for before anything has come.
const believed = 256 << 10

// readAnswer reads a whole body into a slice of its own and closes it.
func readAnswer(resp *http.Response) ([]byte, error) {
	defer resp.Body.Close()
	switch {
	case resp.ContentLength > maxAnswer:
		return nil, errTooLarge
	case resp.Body == http.NoBody:
		return nil, nil
	}
	if length := int(resp.ContentLength); length > 0 { // 0 may be a round tripper that did not care to say
		body := make([]byte, min(length, believed))
		for read := 0; ; {
			if _, err := io.ReadFull(resp.Body, body[read:]); err != nil {
				return nil, err
			}
			if read = len(body); read == length {
				return body, nil
			}
			grown := make([]byte, min(length, 4*read))
			copy(grown, body)
			body = grown
		}
	}
	b := buffers.Get().(*bytes.Buffer)
	defer func() {
		if b.Cap() <= maxBuffer {
			buffers.Put(b)
		}
	}()
	b.Reset()
	n, err := b.ReadFrom(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, err
	}
	if n > maxAnswer {
		return nil, errTooLarge
	}
	return bytes.Clone(b.Bytes()), nil
}

// readError reads as much of a failed response's body as there is within the limit. What cannot be read is left out: the
// status is known and must not be lost.
func readError(resp *http.Response) []byte {
	if resp.StatusCode == http.StatusSwitchingProtocols {
		_ = resp.Body.Close() // the bare connection, whose reads no context ends
		resp.Body = http.NoBody
		return nil
	}
	_ = decompress(resp)
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxError))
	_ = resp.Body.Close()
	resp.Body = http.NoBody
	return body
}

// decompress undoes a gzip that net/http did not ask for, and so left alone.
func decompress(resp *http.Response) error {
	coding := strings.ToLower(strings.TrimSpace(resp.Header.Get("Content-Encoding")))
	switch {
	case resp.Uncompressed, coding == "", coding == "identity", resp.Body == http.NoBody, resp.ContentLength == 0:
		return nil
	case coding != "gzip" && coding != "x-gzip":
		return refused("the response is compressed with an encoding that was not requested")
	}
	z, err := gzip.NewReader(resp.Body)
	if err != nil {
		return refused("the response is not compressed as it says")
	}
	resp.Body = &unzipped{z, resp.Body}
	resp.ContentLength, resp.Uncompressed = -1, true
	return nil
}

type unzipped struct {
	*gzip.Reader
	under io.Closer
}

func (u *unzipped) Close() error { return errors.Join(u.Reader.Close(), u.under.Close()) }
