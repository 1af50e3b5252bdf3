package transport

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync"
)

// Limits, which tests lower.
var (
	maxAnswer int64 = 64 << 20 // a decoded answer; downloads have no limit
	maxError  int64 = 1 << 20  // a failed answer's body
)

var (
	errEmptyAnswer = errors.New("empty answer")
	errNotJSON     = errors.New("answer is not the documented JSON")
)

// sizeError is an answer beyond the limit.
type sizeError struct{}

func (*sizeError) Error() string { return "answer too large" }

// buffers are scratch space for answers whose length is not known beforehand.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// readAnswer reads a whole body into a slice of its own and closes it.
func readAnswer(resp *http.Response) ([]byte, error) {
	defer resp.Body.Close()
	switch n := resp.ContentLength; {
	case n > maxAnswer:
		return nil, &sizeError{}
	case resp.Body == http.NoBody:
		return nil, nil
	case n > 0: // 0 may be a round tripper that did not care to say
		body := make([]byte, n)
		if _, err := io.ReadFull(resp.Body, body); err != nil {
			return nil, err
		}
		return body, nil
	}
	b := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(b)
	b.Reset()
	n, err := b.ReadFrom(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, err
	}
	if n > maxAnswer {
		return nil, &sizeError{}
	}
	return bytes.Clone(b.Bytes()), nil
}

// readError reads as much of a failed answer's body as there is within the limit. What cannot be read is left out: the
// status is known and must not get lost.
func readError(resp *http.Response) []byte {
	if resp.StatusCode == http.StatusSwitchingProtocols {
		_ = resp.Body.Close() // the bare connection, whose reads no context ends
		resp.Body = http.NoBody
		return nil
	}
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxError))
	_ = resp.Body.Close()
	resp.Body = http.NoBody
	return body
}
