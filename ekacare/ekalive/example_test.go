package ekalive_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
	"github.com/caremux/caremux/ekacare/ekalive"
	"github.com/caremux/caremux/ekacare/ekalive/ekalivetest"
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

// consult has a conversation in which the first choice is taken each time, and returns what the assistant has written.
func consult(ctx context.Context, c *ekacare.Client, complaint string, opts ...ekalive.Option) (string, error) {
	session, err := c.MedAssist.CreateSession(ctx, nil)
	if err != nil {
		return "", err
	}
	conversation, err := ekalive.OpenMedAssist(ctx, session, opts...)
	if err != nil {
		return "", err
	}
	defer func() { _ = conversation.Close() }()
	if _, err := conversation.SendText(ctx, ekalive.UserText{Text: complaint}); err != nil {
		return "", err
	}
	var text strings.Builder
	for asked := true; asked; {
		asked = false
		for message, err := range conversation.Reply(ctx) {
			if err != nil {
				return text.String(), err
			}
			switch m := message.(type) {
			case *ekalive.Piece:
				text.WriteString(m.Text)
			case *ekalive.Choices:
				asked = true
				if _, err := conversation.Choose(ctx, m, m.Choices[0]); err != nil {
					return text.String(), err
				}
			}
		}
	}
	return text.String(), nil
}

func TestTheExampleConsults(t *testing.T) {
	fake := ekalivetest.NewMedAssist(t)
	fake.Reply(func(_ string, m ekalivetest.UserMessage) []string {
		if bytes.Contains(m.Data, []byte("tool_use_id")) {
			return ekalivetest.Pieces("Drink", " tea.")
		}
		question := ekalivetest.Pieces("How long? ")
		return []string{question[0], ekalivetest.Pill("tool-1", "two days", "a week")}
	})
	c := ekacaretest.NewServer(t).Client()
	text, err := consult(t.Context(), c, "I cough", ekalive.WithMedAssistURL(fake.URL))
	if err != nil || text != "How long? Drink tea." {
		t.Errorf("%q, %v", text, err)
	}
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
