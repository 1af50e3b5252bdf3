package redisstore_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caremux/caremux/redisstore"
	"github.com/caremux/caremux/webhook"
	"github.com/redis/go-redis/v9"
)

// listener answers every command of a client with the same line, and keeps what it was sent.
type listener struct {
	answer string // empty: it hangs up

	mu   sync.Mutex
	sent strings.Builder
}

func (l *listener) serve(conn net.Conn) {
	defer conn.Close()
	r := bufio.NewReader(conn)
	for {
		parts, err := command(r)
		if err != nil {
			return
		}
		l.mu.Lock()
		_, _ = fmt.Fprintln(&l.sent, parts)
		l.mu.Unlock()
		if l.answer == "" {
			return
		}
		if _, err := io.WriteString(conn, l.answer+"\r\n"); err != nil {
			return
		}
	}
}

// command reads one command: *<parts>, and for each $<length> and its text.
func command(r *bufio.Reader) (parts []string, err error) {
	number := func() (int, error) {
		line, err := r.ReadString('\n')
		if err != nil || len(line) < 3 {
			return 0, errors.Join(err, io.ErrUnexpectedEOF)
		}
		return strconv.Atoi(strings.TrimSpace(line[1:]))
	}
	count, err := number()
	for range count {
		length, err := number()
		if err != nil {
			return nil, err
		}
		text := make([]byte, length+2)
		if _, err := io.ReadFull(r, text); err != nil {
			return nil, err
		}
		parts = append(parts, string(text[:length]))
	}
	return parts, err
}

// TestKeysDoNotLeaveNorShow has a key that names a patient: Redis gets its hash, and no error holds it.
func TestKeysDoNotLeaveNorShow(t *testing.T) {
	const key, password = "acme/Zanzibarra Quixworth 5550100377", "C4naryPassword"
	for name, answer := range map[string]string{
		"hangs up": "", "fails": "-ERR no", "read only": "-READONLY no", "odd": "+what", "odd number": ":7",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := &listener{answer: answer}
			var serving sync.WaitGroup
			client := redis.NewClient(&redis.Options{Addr: "redis.invalid:6379", Password: password,
				MaxRetries: -1, ContextTimeoutEnabled: true,
				Dialer: func(context.Context, string, string) (net.Conn, error) {
					ours, theirs := net.Pipe()
					serving.Go(func() { l.serve(theirs) })
					return ours, nil
				}})
			defer serving.Wait()
			defer client.Close()
			store, err := redisstore.NewDeliveries(client, redisstore.DeliveriesConfig{})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			claim, claimed := store.Claim(ctx, key, time.Minute)
			claim = webhook.Claim{Key: key, Token: "token", State: claim.State}
			failed := 0
			for _, err := range []error{
				claimed, store.Extend(ctx, claim, time.Minute), store.Done(ctx, claim, time.Minute), store.Release(ctx, claim),
			} {
				if err != nil {
					failed++
				}
				text := fmt.Sprintf("%v %+v %#v %q %s", err, err, err, err, err)
				for _, canary := range []string{"Zanzibarra", "Quixworth", "5550100377", password} {
					if strings.Contains(text, canary) {
						t.Errorf("an error shows %q: %s", canary, text)
					}
				}
			}
			if !strings.HasPrefix(name, "odd") && failed != 4 {
				t.Errorf("%d calls failed, want all", failed)
			}
			l.mu.Lock()
			defer l.mu.Unlock()
			if sent := l.sent.String(); strings.Contains(sent, "Zanzibarra") || sent == "" {
				t.Errorf("Redis was sent %s", sent)
			}
			if text := fmt.Sprintf("%v %+v %#v %s", store, store, *store, store); strings.Contains(text, password) {
				t.Errorf("the store prints %s", text)
			}
		})
	}
}
