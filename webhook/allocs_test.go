//go:build !race

package webhook_test

import (
	"bytes"
	"testing"

	"github.com/caremux/caremux/webhook"
)

// Under the race detector a sync.Pool forgets at random, so this would be about the detector.
func TestVerifyingAllocatesLittle(t *testing.T) {
	body := bytes.Repeat([]byte("x"), 1024)
	for name, v := range map[string]*webhook.Verifier{
		"timestamped": timestamped(t), "plain": plainVerifier(t), "shared": sharedVerifier(t),
	} {
		header := v.Sign(body, noon)
		if n := testing.AllocsPerRun(200, func() {
			if v.Verify(header, body) != nil {
				t.Fatal("refused")
			}
		}); n > 2 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
