package ekalive_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
	"github.com/caremux/caremux/ekacare/ekalive"
	"github.com/caremux/caremux/ekacare/ekalive/ekalivetest"
	"github.com/caremux/caremux/internal/proof/faultnet"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func setup(t testing.TB) (*ekacaretest.Server, *ekalivetest.Scribe, *ekacare.Client) {
	t.Helper()
	eka := ekacaretest.NewServer(t)
	return eka, ekalivetest.NewScribe(t, eka), eka.Client()
}

func record(t testing.TB, c *ekacare.Client) *ekacare.ScribeRecording {
	t.Helper()
	recording, err := c.ScribeSessions.Open(t.Context(), &ekacare.ScribeSessionCreate{
		UploadType: ekacare.ScribeUploadTypeStream, Templates: []string{"soap"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return recording
}

func open(t testing.TB, r *ekacare.ScribeRecording, opts ...ekalive.Option) *ekalive.ScribeStream {
	t.Helper()
	stream, err := ekalive.OpenScribe(t.Context(), r, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stream.Close() })
	return stream
}

// speech is audio in which every piece differs from every other.
func speech(size int) []byte {
	b := make([]byte, size)
	source := rand.NewChaCha8([32]byte{1})
	_, _ = source.Read(b)
	return b
}

func TestAudioArrivesAndTheNotesFollow(t *testing.T) {
	for name, opts := range map[string][]ekalive.Option{
		"binary frames": nil,
		"media stream":  {ekalive.WithEnvelope("stream-1")},
	} {
		_, scribe, c := setup(t)
		recording := record(t, c)
		stream := open(t, recording, opts...)
		audio := speech(300_000)
		for rest := audio; len(rest) > 0; {
			n := min(len(rest), 6400)
			if err := stream.Write(t.Context(), rest[:n]); err != nil {
				t.Fatal(name, err)
			}
			rest = rest[n:]
		}
		if _, err := stream.End(t.Context()); err != nil {
			t.Fatal(name, err)
		}
		if stream.Written() != 300_000 || stream.Confirmed() != 300_000 {
			t.Errorf("%s: written %d, confirmed %d", name, stream.Written(), stream.Confirmed())
		}
		got := scribe.Stream(recording.SessionID())
		if !bytes.Equal(got.Audio, audio) || !got.Stopped || got.Started != (opts != nil) {
			t.Errorf("%s: %d bytes, started %v, stopped %v", name, len(got.Audio), got.Started, got.Stopped)
		}
		if err := stream.Close(); err != nil {
			t.Errorf("%s: closed twice: %v", name, err)
		}
		result, err := recording.Wait(t.Context(), &ekacare.ScribeWait{MinWait: time.Millisecond})
		if err != nil || result.State != ekacare.ScribeStateDone {
			t.Errorf("%s: %+v, %v", name, result, err)
		}
		for _, call := range []func() error{
			func() error { return stream.Write(t.Context(), audio[:2]) },
			func() error { return stream.Forward(t.Context(), []byte(`{"event":"stop"}`)) },
			func() error { _, err := stream.End(t.Context()); return err },
		} {
			if err := call(); !errors.Is(err, ekalive.ErrClosed) {
				t.Errorf("%s: after the end: %v", name, err)
			}
		}
	}
}

func TestTelephonyMessagesPassThroughAsTheyAre(t *testing.T) {
	_, scribe, c := setup(t)
	recording := record(t, c)
	stream := open(t, recording)
	for _, message := range []string{
		`{"event":"connected","protocol":"Call"}`,
		`{"event":"start","start":{"streamId":"s-1","mediaFormat":{"encoding":"audio/x-l16","sampleRate":16000}}}`,
		`{"event":"media","sequenceNumber":"2","media":{"track":"inbound","payload":"AAECAw=="}}`,
		`{"event":"mark","mark":{"name":"x"}}`,
		`{"event":"media","media":{"payload":"BAU="}}`,
		`{"event":"stop","stop":{"callSid":"x"}}`,
	} {
		if err := stream.Forward(t.Context(), []byte(message)); err != nil {
			t.Fatal(err)
		}
	}
	if err := stream.Write(t.Context(), []byte{1, 2}); !errors.Is(err, ekalive.ErrClosed) {
		t.Errorf("audio after the stop: %v", err)
	}
	if _, err := stream.End(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := scribe.Stream(recording.SessionID())
	if !got.Started || !got.Stopped || !bytes.Equal(got.Audio, []byte{0, 1, 2, 3, 4, 5}) || stream.Confirmed() != 6 {
		t.Errorf("%+v, %d confirmed", got, stream.Confirmed())
	}
}

func TestAStreamThatCannotBeOpenedIsAnErrorWithoutItsAddress(t *testing.T) {
	eka, scribe, c := setup(t)
	scribe.Refuse(http.StatusForbidden)
	recording := record(t, c)
	_, err := ekalive.OpenScribe(t.Context(), recording)
	var e *ekalive.OpenError
	if !errors.As(err, &e) || e.Status != http.StatusForbidden {
		t.Errorf("%v", err)
	}
	eka.SetScribeStream("ws://127.0.0.1:1/c4nary?token=")
	_, err = ekalive.OpenScribe(t.Context(), record(t, c))
	if !errors.As(err, &e) || e.Status != 0 || strings.Contains(fmt.Sprintf("%v %+v %#v %s", err, err, err, err), "c4nary") {
		t.Errorf("%v", err)
	}
	for _, address := range []string{"ws://eka.example/", "http://127.0.0.1/", "wss:///", "://"} {
		eka.SetScribeStream(address)
		_, err = ekalive.OpenScribe(t.Context(), record(t, c))
		var a *caremux.ArgumentError
		if !errors.As(err, &a) {
			t.Errorf("%s: %v", address, err)
		}
	}
	var a *caremux.ArgumentError
	if _, err := ekalive.OpenScribe(t.Context(), nil); !errors.As(err, &a) {
		t.Errorf("no recording: %v", err)
	}
}

func TestArgumentsAreCheckedBeforeAnythingIsSent(t *testing.T) {
	_, scribe, c := setup(t)
	recording := record(t, c)
	stream := open(t, recording)
	var a *caremux.ArgumentError
	if err := stream.Write(t.Context(), []byte{1}); !errors.As(err, &a) {
		t.Errorf("half a sample: %v", err)
	}
	large, err := json.Marshal(map[string]any{"event": "media", "media": map[string]any{"payload": make([]byte, ekalive.Window+2)}})
	if err != nil {
		t.Fatal(err)
	}
	for _, message := range [][]byte{nil, []byte("x"), []byte(`[]`), []byte(`{"event":"media","media":{"payload":"?"}}`), large} {
		if err := stream.Forward(t.Context(), message); !errors.As(err, &a) {
			t.Errorf("%.40q: %v", message, err)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := stream.Write(gone, []byte{1, 2}); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that has ended: %v", err)
	}
	if err := stream.Write(t.Context(), []byte{3, 4}); err != nil {
		t.Errorf("the stream does not go on: %v", err)
	}
	if _, err := stream.End(t.Context()); err != nil {
		t.Error(err)
	}
	if got := scribe.Stream(recording.SessionID()).Audio; !bytes.Equal(got, []byte{3, 4}) {
		t.Errorf("sent %v", got)
	}
}

func TestAServiceThatClosesIsAnErrorWithItsCode(t *testing.T) {
	for _, code := range []int{1000, 1008, 1011, 1012, 4001} {
		_, scribe, c := setup(t)
		recording := record(t, c)
		scribe.Fail(recording.SessionID(), ekalivetest.Fault{After: 1000, Close: code})
		stream := open(t, recording, ekalive.WithPing(10*time.Millisecond, time.Minute))
		var err error
		for err == nil {
			err = stream.Write(t.Context(), make([]byte, 500))
		}
		var e *ekalive.StreamError
		if !errors.As(err, &e) || e.Code != code || e.Confirmed > 1000 || e.Written < 1000 {
			t.Errorf("%d: %v", code, err)
		}
		if _, err := stream.End(t.Context()); !errors.As(err, &e) {
			t.Errorf("%d: the end of a broken stream: %v", code, err)
		}
	}
}

func TestAServiceThatDoesNotReadHoldsTheWriterAndThenTheStreamBreaks(t *testing.T) {
	_, scribe, c := setup(t)
	recording := record(t, c)
	scribe.Fail(recording.SessionID(), ekalivetest.Fault{After: 32 << 10, Stall: true})
	stream := open(t, recording, ekalive.WithPing(time.Hour, 300*time.Millisecond))
	var err error
	for err == nil {
		err = stream.Write(t.Context(), make([]byte, 32<<10))
	}
	var e *ekalive.StreamError
	if !errors.As(err, &e) || !errors.Is(err, context.DeadlineExceeded) || e.Written > e.Confirmed+ekalive.Window {
		t.Errorf("%v", err)
	}

	recording = record(t, c)
	scribe.Fail(recording.SessionID(), ekalivetest.Fault{After: 2, Stall: true})
	stream = open(t, recording, ekalive.WithPing(time.Hour, time.Hour))
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	for err = nil; err == nil; {
		err = stream.Write(ctx, make([]byte, 32<<10))
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the wait for room: %v", err)
	}
	if _, err := stream.End(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the end: %v", err)
	}
}

// TestNoAudioIsLostOrDoubledWithoutAnError has 1,000 sessions over a network that resets, stalls, closes or works, or whose
// service restarts.
func TestNoAudioIsLostOrDoubledWithoutAnError(t *testing.T) {
	sessions := 1000
	if testing.Short() {
		sessions = 100
	}
	scribe := ekalivetest.NewScribe(t, nil)
	audio := speech(64 << 10)
	ways := []faultnet.Break{faultnet.Reset, faultnet.Stall, faultnet.Close, faultnet.Keep, faultnet.Keep}
	var mu sync.Mutex
	outcomes := map[string]int{}
	limit := make(chan struct{}, 16)
	var wg sync.WaitGroup
	for i := range sessions {
		limit <- struct{}{}
		wg.Go(func() {
			defer func() { <-limit }()
			id := fmt.Sprintf("session-%d", i)
			random := rand.New(rand.NewPCG(uint64(i), 7))
			cut := faultnet.Cut{How: ways[i%5], After: int64(random.IntN(len(audio)))}
			if random.IntN(4) == 0 { // in the handshake or in a pong
				cut = faultnet.Cut{How: ways[i%5], After: int64(random.IntN(200)), Answers: true}
			}
			kind := ways[i%5].String()
			if i%5 == 3 {
				kind = "restart"
				scribe.Fail(id, ekalivetest.Fault{After: random.IntN(len(audio)), Close: 1012})
			}
			relay := startRelay(t, scribe.URL, cut)
			outcome := talk(t, scribe, "ws://"+relay.Addr+"/", id, audio, random)
			relay.Close()
			mu.Lock()
			defer mu.Unlock()
			outcomes[kind+": "+outcome]++
			outcomes["broken by "+cut.How.String()] += relay.Broken(cut.How)
		})
	}
	wg.Wait()
	t.Log(outcomes)
	if outcomes["keep: done"] != sessions/5 || outcomes["restart: broken"] != sessions/5 {
		t.Errorf("%v", outcomes)
	}
	for _, how := range ways[:3] {
		if n := outcomes["broken by "+how.String()]; n < sessions/10 {
			t.Errorf("%s broke %d connections", how, n)
		}
	}
}

// startRelay starts a network whose first connections are cut.
func startRelay(t *testing.T, server string, cuts ...faultnet.Cut) *faultnet.Relay {
	target := strings.TrimSuffix(strings.TrimPrefix(server, "ws://"), "/")
	relay, err := faultnet.NewRelay(target, func(n int) faultnet.Cut {
		if n < len(cuts) {
			return cuts[n]
		}
		return faultnet.Cut{}
	})
	if err != nil {
		panic(err) // there is no port left
	}
	return relay
}

// talk sends audio as a caller would, and checks what the service has read against what was reported.
func talk(t *testing.T, scribe *ekalivetest.Scribe, base, id string, audio []byte, random *rand.Rand) string {
	// A network that stalls is not waited for while the connection opens: that ends with the context.
	opening, cancel := context.WithTimeout(t.Context(), time.Second)
	stream, err := ekalive.OpenStream(opening, base+id, ekalive.WithPing(5*time.Millisecond, 500*time.Millisecond))
	cancel()
	if err != nil {
		if got := scribe.Stream(id).Audio; len(got) > 0 || !errors.As(err, new(*ekalive.OpenError)) {
			t.Errorf("%s: %v with %d bytes", id, err, len(got))
		}
		return "not opened"
	}
	for rest := audio; len(rest) > 0 && err == nil; {
		n := min(len(rest), 2*(1+random.IntN(2000)))
		err = stream.Write(t.Context(), rest[:n])
		rest = rest[n:]
	}
	if err == nil {
		err = stream.Finish(t.Context())
	}
	_ = stream.Close()
	got := scribe.Stream(id).Audio
	if !bytes.HasPrefix(audio, got) {
		t.Errorf("%s: the service has read something else than was sent", id)
	}
	if int64(len(got)) < stream.Confirmed() {
		t.Errorf("%s: %d bytes are confirmed, %d were read", id, stream.Confirmed(), len(got))
	}
	var e *ekalive.StreamError
	switch {
	case err == nil && len(got) == len(audio) && stream.Confirmed() == int64(len(audio)):
		return "done"
	case err == nil:
		t.Errorf("%s: success with %d of %d bytes", id, len(got), len(audio))
	case !errors.As(err, &e) || e.Confirmed > int64(len(got)):
		t.Errorf("%s: %v", id, err)
	}
	return "broken"
}

// TestMemoryIsFlatForAnHourOfAudio sends the audio of 60 minutes as fast as it goes.
func TestMemoryIsFlatForAnHourOfAudio(t *testing.T) {
	if testing.Short() {
		t.Skip("115 MB")
	}
	read := make(chan int64, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { read <- drain(w, r) }))
	defer server.Close()
	address := "ws" + strings.TrimPrefix(server.URL, "http")
	stream, err := ekalive.OpenStream(t.Context(), address, ekalive.WithPing(time.Second, time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	second := make([]byte, 2*ekalive.SampleRate)
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	var before uint64
	for i := range 3600 {
		if i == 60 {
			before = heap()
		}
		if err := stream.Write(t.Context(), second); err != nil {
			t.Fatal(err)
		}
	}
	after := heap()
	if after > before+1<<20 {
		t.Errorf("the heap grows from %d to %d bytes", before, after)
	}
	if err := stream.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := <-read; stream.Confirmed() != 3600*int64(len(second)) || got != stream.Confirmed() {
		t.Errorf("%d confirmed, %d read", stream.Confirmed(), got)
	}
}

var _ io.Closer = (*ekalive.ScribeStream)(nil)
