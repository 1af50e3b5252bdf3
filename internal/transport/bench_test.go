package transport

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/caremux/caremux"
)

// BenchmarkCall is what a call costs beside plain net/http on the same server and the same kind of connection.
func BenchmarkCall(b *testing.B) {
	const body = `{"id":"5f1c","count":3,"at":"2024-05-06T07:08:09.000Z","part":{"name":"n"},"unknown":[1,2,3]}`
	s := serveUnread(b, func(_ *server, w http.ResponseWriter, _ *http.Request) { answer(w, 200, body) })
	rt := caremux.NewTransport()
	b.Cleanup(rt.CloseIdleConnections)
	c := newClientOf(b, loginSettings(caremux.StaticToken("x")), s.URL, caremux.WithTransport(rt))

	b.Run("plain", func(b *testing.B) {
		b.ReportAllocs()
		hc := &http.Client{Transport: rt}
		for b.Loop() {
			if got, err := plainGet(b.Context(), hc, s.URL); err != nil || got.ID != "5f1c" {
				b.Fatal(err)
			}
		}
	})
	b.Run("caremux", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if got, err := get(b, c); err != nil || got.ID != "5f1c" {
				b.Fatal(err)
			}
		}
	})
}

func plainGet(ctx context.Context, hc *http.Client, base string) (*thing, error) {
	ctx, cancel := context.WithTimeout(ctx, caremux.DefaultTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", base+"/gh/things/1", nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer x")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "plain")
	resp, err := hc.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d", resp.StatusCode)
	}
	var got thing
	return &got, json.Unmarshal(data, &got)
}

// BenchmarkPage is a page of 100 records beside plain net/http.
func BenchmarkPage(b *testing.B) {
	item := `{"id":"5f1c","count":3,"at":"2024-05-06T07:08:09.000Z","part":{"name":"n"},"parts":[{"name":"a"},{"name":"b"}],"unknown":{"a":[1,2,3]}}`
	body := `{"content":[` + strings.Repeat(item+",", 99) + item + `],"last":true,"number":0,"totalElements":100}`
	s := serveUnread(b, func(_ *server, w http.ResponseWriter, _ *http.Request) { answer(w, 200, body) })
	rt := caremux.NewTransport()
	b.Cleanup(rt.CloseIdleConnections)
	c := newClientOf(b, loginSettings(caremux.StaticToken("x")), s.URL, caremux.WithTransport(rt))

	b.Run("plain", func(b *testing.B) {
		b.ReportAllocs()
		hc := &http.Client{Transport: rt}
		for b.Loop() {
			req, err := http.NewRequestWithContext(b.Context(), "GET", s.URL, nil)
			if err != nil {
				b.Fatal(err)
			}
			resp, err := hc.Do(req)
			if err != nil {
				b.Fatal(err)
			}
			data, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			var got struct {
				Content []thing `json:"content"`
			}
			if err != nil || json.Unmarshal(data, &got) != nil || len(got.Content) != 100 {
				b.Fatal(err)
			}
		}
	})
	b.Run("caremux", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if page, err := Page[thing](b.Context(), c, flagged, Input{}, nil); err != nil || len(page.Items) != 100 {
				b.Fatal(err)
			}
		}
	})
}

var flagged = &Operation{Name: "Things.List", Method: "GET", Path: "/{tenant}/things", Paging: &Paging{
	Items: []string{"content"}, PageParam: "page", SizeParam: "size", Number: []string{"number"},
	Last: []string{"last"}, Total: []string{"totalElements"},
}}
