package ekalive

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/caremux/caremux"
)

// FuzzMediaEvent reads any bytes as a message of a telephony service. What is passed on is JSON with a known event and audio
// that fits the window.
func FuzzMediaEvent(f *testing.F) {
	f.Add([]byte(`{"event":"start","start":{"mediaFormat":{"encoding":"audio/x-l16","sampleRate":16000}}}`))
	f.Add([]byte(`{"event":"media","media":{"payload":"AAECAw=="}}`))
	f.Add([]byte(`{"event":"stop"}`))
	f.Add([]byte(`{"event":"media","media":{"payload":"?"}}`))
	f.Fuzz(func(t *testing.T, message []byte) {
		name, audio, err := mediaEvent(message)
		if err != nil {
			if name != "" || audio != 0 || !errors.As(err, new(*caremux.ArgumentError)) {
				t.Fatalf("%q, %d, %v", name, audio, err)
			}
			return
		}
		known := name == "" || slices.Contains([]string{"start", "media", "stop"}, name)
		if !known || !json.Valid(message) || audio < 0 || audio > Window || audio > len(message) || name != "media" && audio > 0 {
			t.Fatalf("%q with %d bytes of audio", name, audio)
		}
	})
}
