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

// FuzzMedAssistMessage reads any bytes as a message of MedAssist. Each is a message, an error or for the connection,
// and what was received is kept; no error's text has a part of it.
func FuzzMedAssistMessage(f *testing.F) {
	for _, seed := range []string{
		`{"ev":"conn","sid":"s-1","msg":"x"}`,
		`{"ev":"pong","cts":1764370800000}`,
		`{"ev":"pong","data":{"cts":"1"}}`,
		`{"ev":"eos"}`,
		`{"ev":"stream","ct":"text","data":{"text":"a"}}`,
		`{"ev":"stream","ct":"text","data":{"progress_msg":"looking"}}`,
		`{"ev":"stream","ct":"tips","data":{"tips":["a","b"]}}`,
		`{"ev":"chat","ct":"inline_text","data":{"text":"a"}}`,
		`{"ev":"chat","ct":"pill","data":{"choices":["a"],"tool_use_id":"t"}}`,
		`{"ev":"chat","ct":"multi","data":{"choices":["a"],"additional_option":"other"}}`,
		`{"ev":"chat","ct":"pill","data":{"choices":[{"a":1}]}}`,
		`{"ev":"chat","ct":"doctor_card","data":{}}`,
		`{"ev":"chat","ct":"mobile_verification","data":{"tool_use_id":"t"}}`,
		`{"ev":"chat","ct":"file","data":{"url":"https://a.example/x"}}`,
		`{"ev":"chat","ct":"file","data":{"urls":["https://a.example/x"]}}`,
		`{"ev":"sync"}`,
		`{"ev":"err","code":"timeout","msg":"c4nary"}`,
		`{"ev":"err","data":{"code":7}}`,
		`[]`,
		`null`,
		`x`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		in := parseMessage(raw)
		kinds := 0
		for _, is := range []bool{in.message != nil, in.err != nil, in.conn, in.pong} {
			if is {
				kinds++
			}
		}
		if kinds != 1 {
			t.Fatalf("%q is %d things", raw, kinds)
		}
		if in.message != nil && (string(in.message.Raw()) != string(raw) || !json.Valid(raw)) {
			t.Fatalf("%q has become %q", raw, in.message.Raw())
		}
		if file, ok := in.message.(*FileMessage); ok && len(file.URLs) == 0 {
			t.Fatal("a file without an address")
		}
		var reported *MedAssistError
		if errors.As(in.err, &reported) {
			if _, known := codes[reported.Code]; !known && reported.Error() != (&MedAssistError{}).Error() {
				t.Fatalf("the text is %q", reported.Error())
			}
		}
	})
}
