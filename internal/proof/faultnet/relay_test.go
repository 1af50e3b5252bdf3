package faultnet

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"time"
)

// serveBytes is a server that sends back what it reads, and counts it. read ends it when its connections have ended.
func serveBytes(t *testing.T) (address string, read func() int) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var work sync.WaitGroup
	total := 0
	work.Go(func() {
		accept(l, &work, func(conn net.Conn) {
			defer func() { _ = conn.Close() }()
			b := make([]byte, 1000)
			for {
				n, err := conn.Read(b)
				mu.Lock()
				total += n
				mu.Unlock()
				if err != nil {
					return
				}
				if _, err := conn.Write(b[:n]); err != nil {
					return
				}
			}
		})
	})
	end := func() {
		_ = l.Close()
		work.Wait()
	}
	t.Cleanup(end)
	return l.Addr().String(), func() int {
		end()
		mu.Lock()
		defer mu.Unlock()
		return total
	}
}

// exchange sends text through a relay and returns what came back, and how it ended.
func exchange(t *testing.T, r *Relay, text []byte) ([]byte, error) {
	conn, err := net.Dial("tcp", r.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(300 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write(text); err != nil {
		return nil, err
	}
	got := make([]byte, len(text))
	n, err := io.ReadFull(conn, got)
	return got[:n], err
}

func TestARelayBreaksAConnectionWhereItIsTold(t *testing.T) {
	text := bytes.Repeat([]byte("carbon"), 50) // 300 bytes
	ended := func(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }
	stalled := func(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }
	wasReset := func(err error) bool { return errors.Is(err, ErrReset) }
	for name, tt := range map[string]struct {
		cut     Cut
		read    int // by the server
		atMost  int // bytes that come back
		outcome func(error) bool
	}{
		"kept":                      {Cut{}, 300, 300, func(err error) bool { return err == nil }},
		"reset":                     {Cut{How: Reset, After: 100}, -1, 100, wasReset},
		"closed":                    {Cut{How: Close, After: 100}, 100, 100, ended},
		"stalled":                   {Cut{How: Stall, After: 100}, 100, 100, stalled},
		"stalled at once":           {Cut{How: Stall}, 0, 0, stalled},
		"stalled in the response":   {Cut{How: Stall, After: 100, Answers: true}, 300, 100, stalled},
		"closed in the response":    {Cut{How: Close, After: 100, Answers: true}, 300, 100, ended},
		"a cut that is not reached": {Cut{How: Reset, After: 1000}, 300, 300, func(err error) bool { return err == nil }},
	} {
		t.Run(name, func(t *testing.T) {
			address, read := serveBytes(t)
			r, err := NewRelay(address, func(int) Cut { return tt.cut })
			if err != nil {
				t.Fatal(err)
			}
			got, err := exchange(t, r, text)
			if !tt.outcome(err) || !bytes.HasPrefix(text, got) || len(got) > tt.atMost {
				t.Errorf("%d bytes came back: %v", len(got), err)
			}
			r.Close()
			reached := tt.cut.How != Keep && tt.cut.After < 300
			want := Keep
			if reached {
				want = tt.cut.How
			}
			if n := r.Broken(want); n != 1 {
				t.Errorf("%d connections: %v", n, want)
			}
			if n := read(); tt.read >= 0 && n != tt.read || n > 300 {
				t.Errorf("the server read %d bytes", n)
			}
		})
	}
}

func TestARestartResetsWhatIsOpen(t *testing.T) {
	address, _ := serveBytes(t)
	r, err := NewRelay(address, func(int) Cut { return Cut{} })
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	conn, err := net.Dial("tcp", r.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	hello := []byte("hello")
	if _, err := conn.Write(hello); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(conn, hello); err != nil {
		t.Fatal(err)
	}
	r.Restart()
	if _, err := conn.Read(hello); !errors.Is(err, ErrReset) {
		t.Errorf("%v", err)
	}
	if got, err := exchange(t, r, hello); err != nil || string(got) != "hello" {
		t.Errorf("after the restart: %q, %v", got, err)
	}
}
