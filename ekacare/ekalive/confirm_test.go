package ekalive_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/caremux/caremux/ekacare/ekalive"
)

// TestAPongConfirmsWhatWasWrittenBeforeItsPing has a service that holds its pongs back until the test lets one go.
func TestAPongConfirmsWhatWasWrittenBeforeItsPing(t *testing.T) {
	pings, pongs := make(chan struct{}), make(chan struct{})
	done, end := context.WithCancel(context.Background())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{OnPingReceived: func(context.Context, []byte) bool {
			select {
			case pings <- struct{}{}:
			case <-done.Done():
				return false
			}
			select {
			case <-pongs:
			case <-done.Done():
			}
			return true
		}})
		if err != nil {
			return
		}
		defer func() { _ = conn.CloseNow() }()
		for {
			if _, _, err := conn.Read(done); err != nil {
				return
			}
		}
	}))
	defer server.Close()
	defer end()
	address := "ws" + strings.TrimPrefix(server.URL, "http")
	stream, err := ekalive.OpenStream(t.Context(), address, ekalive.WithPing(500*time.Millisecond, time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stream.Close() }()
	if err := stream.Write(t.Context(), make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	<-pings
	if err := stream.Write(t.Context(), make([]byte, 600)); err != nil {
		t.Fatal(err)
	}
	if stream.Written() != 1600 || stream.Confirmed() != 0 {
		t.Errorf("before the pong: %d of %d", stream.Confirmed(), stream.Written())
	}
	pongs <- struct{}{}
	<-pings // the pong before has been taken
	if got := stream.Confirmed(); got != 1000 {
		t.Errorf("the first pong confirms %d bytes, want 1000", got)
	}
	pongs <- struct{}{}
	<-pings
	if got := stream.Confirmed(); got != 1600 {
		t.Errorf("the second pong confirms %d bytes, want 1600", got)
	}
}
