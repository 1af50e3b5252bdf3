package bench

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"testing"
	"time"

	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/webhook"
)

// BenchmarkWebhook verifies a delivery. Its plain side is HMAC-SHA256 over the same bytes alone, with the sum in hex.
func BenchmarkWebhook(b *testing.B) {
	at := time.Date(2026, time.May, 6, 7, 8, 9, 0, time.UTC)
	verifier, err := clinik.WebhookVerifier([]string{"whsec_example"}, webhook.WithClock(func() time.Time { return at }))
	if err != nil {
		b.Fatal(err)
	}
	for _, size := range []struct {
		name   string
		bytes  int
		rounds int // in one turn, so that a turn is long beside the clock
	}{{"1KiB", 1 << 10, 200}, {"1MiB", 1 << 20, 1}} {
		b.Run(size.name, func(b *testing.B) {
			body := bytes.Repeat([]byte("x"), size.bytes)
			header := verifier.Sign(body, at)
			stamp := []byte(strconv.FormatInt(at.Unix(), 10) + ".")
			var sum [sha256.Size]byte
			text := make([]byte, hex.EncodedLen(len(sum)))
			compare(b, func() error {
				for range size.rounds {
					mac := hmac.New(sha256.New, []byte("whsec_example"))
					mac.Write(stamp)
					mac.Write(body)
					hex.Encode(text, mac.Sum(sum[:0]))
				}
				return nil
			}, func() error {
				for range size.rounds {
					if err := verifier.Verify(header, body); err != nil {
						return err
					}
				}
				return nil
			})
		})
	}
}
