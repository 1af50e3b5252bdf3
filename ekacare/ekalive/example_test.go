package ekalive_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekalive"
)

// dictate sends audio as it is recorded, and returns the notes.
func dictate(ctx context.Context, c *ekacare.Client, microphone <-chan []byte) (any, error) {
	recording, err := c.ScribeSessions.Open(ctx, &ekacare.ScribeSessionCreate{
		UploadType: ekacare.ScribeUploadTypeStream, Templates: []string{"soap"},
	})
	if err != nil {
		return nil, err
	}
	stream, err := ekalive.OpenScribe(ctx, recording)
	if err != nil {
		return nil, err
	}
	defer func() { _ = stream.Close() }()
	for pcm := range microphone {
		if err := stream.Write(ctx, pcm); err != nil {
			return nil, err
		}
	}
	if _, err := stream.End(ctx); err != nil {
		return nil, err
	}
	result, err := recording.Wait(ctx, nil)
	if err != nil {
		return nil, err
	}
	note, ok := result.Note("soap")
	if !ok {
		return nil, fmt.Errorf("no note")
	}
	return note, nil
}

func TestTheExampleDictates(t *testing.T) {
	_, _, c := setup(t)
	microphone := make(chan []byte)
	go func() {
		defer close(microphone)
		for range 5 {
			microphone <- make([]byte, 640)
		}
	}()
	note, err := dictate(t.Context(), c, microphone)
	if err != nil || note == nil {
		t.Errorf("%v, %v", note, err)
	}
}
