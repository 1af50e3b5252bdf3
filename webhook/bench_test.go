package webhook_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"strconv"
	"testing"
	"time"
)

// BenchmarkVerify holds Verify against crypto/hmac alone: the same bytes, in turns, in the same run. ratio is to a new HMAC for
// each body, as one would write it; kept-ratio to one that is keyed once and reset, which only one goroutine could use. Neither
// of them reads a header. Each is taken at its quickest, so that what else the machine does counts for none.
func BenchmarkVerify(b *testing.B) {
	for name, size := range map[string]int{"1KiB": 1 << 10, "1MiB": 1 << 20} {
		b.Run(name, func(b *testing.B) {
			body := bytes.Repeat([]byte("x"), size)
			v, t := timestamped(b), []byte(strconv.FormatInt(noon.Unix(), 10)+".")
			header, key := v.Sign(body, noon), []byte(secret)
			kept := hmac.New(sha256.New, key)
			kept.Write(t)
			kept.Write(body)
			want := kept.Sum(nil)

			batch := max(1, 16<<10/size) // long enough that reading the clock does not count, short enough to go undisturbed
			plain, reset, ours := time.Hour, time.Hour, time.Hour
			b.SetBytes(int64(size))
			for b.Loop() {
				start := time.Now()
				for range batch {
					h := hmac.New(sha256.New, key)
					h.Write(t)
					h.Write(body)
					if !hmac.Equal(h.Sum(nil), want) {
						b.Fatal("plain refused")
					}
				}
				second := time.Now()
				for range batch {
					kept.Reset()
					kept.Write(t)
					kept.Write(body)
					if !hmac.Equal(kept.Sum(nil), want) {
						b.Fatal("plain refused")
					}
				}
				third := time.Now()
				for range batch {
					if v.Verify(header, body) != nil {
						b.Fatal("refused")
					}
				}
				ours = min(ours, time.Since(third))
				plain, reset = min(plain, second.Sub(start)), min(reset, third.Sub(second))
			}
			b.ReportMetric(float64(plain)/float64(batch), "plain-ns")
			b.ReportMetric(float64(ours)/float64(batch), "verify-ns")
			b.ReportMetric(float64(ours)/float64(plain), "ratio")
			b.ReportMetric(float64(ours)/float64(reset), "kept-ratio")
		})
	}
}

// BenchmarkSchemes shows time and allocations of one Verify of 1 KiB.
func BenchmarkSchemes(b *testing.B) {
	body := bytes.Repeat([]byte("x"), 1<<10)
	b.Run("timestamped", func(b *testing.B) {
		v := timestamped(b)
		header := v.Sign(body, noon)
		b.ReportAllocs()
		for b.Loop() {
			if v.Verify(header, body) != nil {
				b.Fatal("refused")
			}
		}
	})
	b.Run("plain", func(b *testing.B) {
		v := plainVerifier(b)
		header := v.Sign(body, noon)
		b.ReportAllocs()
		for b.Loop() {
			if v.Verify(header, body) != nil {
				b.Fatal("refused")
			}
		}
	})
	b.Run("shared", func(b *testing.B) {
		v := sharedVerifier(b)
		header := v.Sign(body, noon)
		b.ReportAllocs()
		for b.Loop() {
			if v.Verify(header, body) != nil {
				b.Fatal("refused")
			}
		}
	})
}
