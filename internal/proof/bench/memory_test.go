package bench

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/welkin"
)

// memory is a network without a network.
type memory func(r *http.Request) []byte

func (m memory) RoundTrip(r *http.Request) (*http.Response, error) {
	body := m(r)
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}, nil
}

func memoryClient(b *testing.B, pages, size int) *welkin.Client {
	b.Helper()
	// One page's items serve for all of them, but for the last: the same page again would be noticed.
	page := pageBody(0, size-1, pages)
	items := page[:bytes.LastIndex(page, []byte(`],"pageable"`))]
	return clientOver(b, memory(func(r *http.Request) []byte {
		n, _ := strconv.Atoi(r.URL.Query().Get("page"))
		return fmt.Appendf(items[:len(items):len(items)], `,%s],"number":%d,"last":%t,"totalElements":%d}`,
			patient(n), n, n == pages-1, pages*size)
	}))
}

func clientOver(b *testing.B, rt http.RoundTripper) *welkin.Client {
	b.Helper()
	c, err := welkin.New(welkin.Credentials{Tenant: "gh", Instance: "sb", ClientName: "c", Secret: "s"},
		caremux.WithTransport(rt), caremux.WithTokenSource(caremux.StaticToken("t")))
	if err != nil {
		b.Fatal(err)
	}
	return c
}

// coldClient logs in with its first call.
func (s *server) coldClient(b *testing.B) (*welkin.Client, func()) {
	b.Helper()
	transport := caremux.NewTransport()
	c, err := welkin.New(welkin.Credentials{Tenant: "gh", Instance: "sb", ClientName: "c", Secret: "s"},
		caremux.WithBaseURL(s.URL), caremux.WithTransport(transport))
	if err != nil {
		b.Fatal(err)
	}
	return c, transport.CloseIdleConnections
}

// BenchmarkDecode is a page without the network: what reading and decoding cost.
func BenchmarkDecode(b *testing.B) {
	body := pageBody(0, 100, 1)
	network := memory(func(*http.Request) []byte { return body })
	p, c := &plain{"http://127.0.0.1", &http.Client{Transport: network}}, clientOver(b, network)
	compare(b, func() error {
		if page, err := p.page(b.Context(), 0); err != nil || len(page.Content) != 100 {
			return errors.Join(errOther, err)
		}
		return nil
	}, func() error {
		if page, err := c.Patients.List(b.Context(), nil); err != nil || len(page.Items) != 100 {
			return errors.Join(errOther, err)
		}
		return nil
	})
}
