package ekalive

import "testing"

func TestAPongConfirmsWhatWasSentBeforeItsPingAlone(t *testing.T) {
	c := &Conversation{
		ping: ping{time: 5, sent: 2}, sent: 3, unconfirmed: []sentMessage{{1, "a"}, {2, "b"}, {3, "c"}},
	}
	for _, tt := range []struct {
		raw  string
		left int
	}{
		{`{"ev":"stream","ct":"text","data":{"text":"x"}}`, 3},
		{`{"ev":"pong"}`, 3},
		{`{"ev":"pong","cts":4}`, 3},
		{`{"ev":"pong","data":{"cts":"5"}}`, 1},
		{`{"ev":"pong","cts":5}`, 1},
	} {
		c.hear(parseMessage([]byte(tt.raw)))
		if len(c.unconfirmed) != tt.left || c.unconfirmed[tt.left-1].id != "c" {
			t.Errorf("%s: unconfirmed %v", tt.raw, c.unconfirmed)
		}
	}
	if c.heard != 5 {
		t.Errorf("%d messages were heard", c.heard)
	}
}
