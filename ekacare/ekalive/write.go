package ekalive

import (
	"context"
	"encoding/json"

	"github.com/coder/websocket"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
)

// Write sends audio: 16 bit little-endian PCM, mono, [SampleRate]. It returns when the connection has taken it, which
// does not mean that the service has: see [ScribeStream.Confirmed]. It waits while [Window] bytes are not confirmed.
//
// An odd number of bytes is a [*caremux.ArgumentError]. If the context ends between two messages of at most a second of
// audio each, the stream goes on, and [ScribeStream.Written] says what was sent; if it ends while a message is being
// sent, the stream breaks. A stream that breaks is a [*StreamError].
func (s *ScribeStream) Write(ctx context.Context, pcm []byte) error {
	if len(pcm)%2 != 0 {
		return &caremux.ArgumentError{Field: "pcm", Rule: "must have whole samples of two bytes"}
	}
	if err := s.take(ctx); err != nil {
		return err
	}
	defer func() { s.turn <- struct{}{} }()
	for len(pcm) > 0 {
		frame := pcm[:min(len(pcm), maxFrame)]
		pcm = pcm[len(frame):]
		if err := s.room(ctx, len(frame)); err != nil {
			return err
		}
		if err := s.sendAudio(ctx, frame); err != nil {
			return err
		}
	}
	return nil
}

// room waits until a frame fits into the window.
func (s *ScribeStream) room(ctx context.Context, size int) error {
	for {
		s.mu.Lock()
		fits, moved := s.written+int64(size)-s.confirmed <= Window, s.moved
		s.mu.Unlock()
		if err := s.broken(); err != nil || fits {
			return err
		}
		s.confirmNow()
		select {
		case <-moved:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (s *ScribeStream) confirmNow() {
	select {
	case s.ask <- struct{}{}:
	default: // one is requested
	}
}

// event is a message of a media stream.
type event struct {
	Event string      `json:"event"`
	Start *eventStart `json:"start,omitempty"`
	Media *eventMedia `json:"media,omitempty"`
}

type eventStart struct {
	StreamID    string      `json:"streamId,omitempty"`
	MediaFormat mediaFormat `json:"mediaFormat"`
}

type mediaFormat struct {
	Encoding   string `json:"encoding"`
	SampleRate int    `json:"sampleRate"`
}

type eventMedia struct {
	Payload []byte `json:"payload"` // base64 in JSON
}

func (s *ScribeStream) sendAudio(ctx context.Context, frame []byte) error {
	if !s.options.envelope {
		return s.send(ctx, websocket.MessageBinary, frame, len(frame))
	}
	s.mu.Lock()
	started := s.started
	s.mu.Unlock()
	if !started {
		start := &eventStart{StreamID: s.options.streamID, MediaFormat: mediaFormat{"audio/x-l16", SampleRate}}
		if err := s.sendEvent(ctx, event{Event: "start", Start: start}, 0); err != nil {
			return err
		}
		s.change(func() { s.started = true })
	}
	return s.sendEvent(ctx, event{Event: "media", Media: &eventMedia{frame}}, len(frame))
}

func (s *ScribeStream) sendEvent(ctx context.Context, e event, audio int) error {
	message, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return s.send(ctx, websocket.MessageText, message, audio)
}

// send sends one message with so many bytes of audio. The caller has the turn.
func (s *ScribeStream) send(ctx context.Context, kind websocket.MessageType, message []byte, audio int) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := s.conn.Write(ctx, kind, message); err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		} else {
			s.readOut()
		}
		s.fail(err)
		return s.broken()
	}
	s.change(func() { s.written += int64(audio) })
	return nil
}

// Forward passes a message of a telephony service's media stream on as it is: the events start, media and stop.
// Messages of other events are left out. After stop, end the stream with [ScribeStream.End]. The counts are of the
// decoded audio.
//
// A message that is not JSON is a [*caremux.ArgumentError]; otherwise it is as [ScribeStream.Write].
func (s *ScribeStream) Forward(ctx context.Context, message []byte) error {
	name, audio, err := mediaEvent(message)
	if err != nil || name == "" {
		return err
	}
	if err := s.take(ctx); err != nil {
		return err
	}
	defer func() { s.turn <- struct{}{} }()
	if err := s.room(ctx, audio); err != nil {
		return err
	}
	if err := s.send(ctx, websocket.MessageText, message, audio); err != nil {
		return err
	}
	if name == "stop" {
		s.change(func() { s.stopped = true })
	}
	return nil
}

// mediaEvent returns the name of an event that is passed on, "" for another one, and how many bytes of audio it has.
func mediaEvent(message []byte) (name string, audio int, err error) {
	var e event
	if json.Unmarshal(message, &e) != nil {
		return "", 0, &caremux.ArgumentError{Field: "message", Rule: "must be a message of a media stream as JSON"}
	}
	switch {
	case e.Event == "start" || e.Event == "stop":
	case e.Event == "media" && e.Media != nil:
		audio = len(e.Media.Payload)
	default:
		return "", 0, nil
	}
	if audio > Window {
		return "", 0, &caremux.ArgumentError{Field: "message", Rule: "must have less audio than the window"}
	}
	return e.Event, audio, nil
}

// End sends stop, waits until the service has read everything and closed the stream, and ends the session
// ([ekacare.ScribeRecording.End]), after which Wait of the recording returns the notes. Nothing of the stream is left
// then.
//
// If the service has not read everything the error is a [*StreamError], and the session is not ended: end it with the
// recording all the same to get notes of what has arrived, or begin another one.
func (s *ScribeStream) End(ctx context.Context, opts ...caremux.RequestOption) (*ekacare.EndedScribeSession, error) {
	if err := s.finish(ctx); err != nil {
		return nil, err
	}
	return s.recording.End(ctx, opts...)
}
