package conns

import (
	"context"
	"errors"
	"net"
	"testing"
)

// held is a connection whose writes have sent their bytes before they return.
type held struct {
	net.Conn
	sent, leave chan struct{}
	n           int
	err         error
}

func (h *held) Write([]byte) (int, error) {
	close(h.sent)
	<-h.leave
	return h.n, h.err
}

// A response can be read before the write of its request returns. Taking that for "nothing was written" would send a POST twice.
func TestWriteCountsFromItsBeginning(t *testing.T) {
	for _, tt := range []struct {
		name    string
		n       int
		err     error
		written bool
	}{
		{"all", 5, nil, true},
		{"a part", 2, errors.New("reset"), true},
		{"nothing", 0, errors.New("broken pipe"), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := &held{sent: make(chan struct{}), leave: make(chan struct{}), n: tt.n, err: tt.err}
			conn := &counted{Conn: h}
			counter, ok := CounterOf(conn)
			if before := counter.Written(); !ok || counter.Since(before) {
				t.Fatal("counted before anything was written")
			}
			done := make(chan struct{})
			go func() {
				defer close(done)
				_, _ = conn.Write([]byte("hello"))
			}()
			<-h.sent
			if !counter.Since(0) {
				t.Error("what is being written is not counted")
			}
			close(h.leave)
			<-done
			if counter.Since(0) != tt.written {
				t.Errorf("written is %v after the write", !tt.written)
			}
		})
	}
}

func TestOnlyConnectionsOfDialAreCounted(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	conn, err := Dial(context.Background(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, ok := CounterOf(conn); !ok {
		t.Error("a connection of Dial is not counted")
	}
	if _, ok := CounterOf(conn.(*counted).Conn); ok {
		t.Error("a plain connection is counted")
	}
}
