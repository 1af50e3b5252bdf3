package ekalive

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/caremux/caremux"
)

// outgoing is a message of the client.
type outgoing struct {
	Event       string `json:"ev"`
	ContentType string `json:"ct,omitempty"`
	Time        int64  `json:"ts"` // milliseconds since 1970
	ID          string `json:"_id"`
	Data        any    `json:"data,omitempty"`
}

func encode(o outgoing) ([]byte, error) {
	message, err := json.Marshal(o)
	if err != nil {
		return nil, &caremux.ArgumentError{Field: "message", Rule: "must be something that JSON can express"}
	}
	return message, nil
}

func newID() string { return rand.Text() }

func now() int64 { return time.Now().UnixMilli() }

// UserText is what the user writes.
type UserText struct {
	Text string // required, except for the response to a tool

	ToolUseID     string         // what requested it, if it is a response
	ToolUseParams map[string]any // what a tool wants to know beside the text
	Hidden        bool           // not shown in the conversation
}

type textData struct {
	Text          string         `json:"text"`
	ToolUseID     string         `json:"tool_use_id,omitempty"`
	Hidden        bool           `json:"hidden,omitempty"`
	ToolUseParams map[string]any `json:"tool_use_params,omitempty"`
}

// SendText sends what the user writes, and returns the id of the message. It returns when the connection has taken it;
// the service has read it when it is not among the unconfirmed messages of a [*ConversationError].
//
// If the context ends while the message is being sent, the conversation breaks: the id is returned with the error then,
// for the message may have arrived. Text that is missing or not UTF-8 is a [*caremux.ArgumentError], and no request is
// sent.
func (c *Conversation) SendText(ctx context.Context, t UserText) (id string, err error) {
	if t.Text == "" && t.ToolUseID == "" {
		return "", &caremux.ArgumentError{Field: "Text", Rule: "is required"}
	}
	if !utf8.ValidString(t.Text) || !utf8.ValidString(t.ToolUseID) {
		return "", &caremux.ArgumentError{Field: "Text", Rule: "must be UTF-8"}
	}
	data := textData{t.Text, t.ToolUseID, t.Hidden, t.ToolUseParams}
	return c.send(ctx, outgoing{Event: "chat", ContentType: "text", Data: data})
}

// Choose responds to choices, and returns the id of the message. Several are sent as one text with ", " between them:
// the vendor's pages do not say how. It is as [Conversation.SendText] otherwise.
//
// Something that is not among the choices is a [*caremux.ArgumentError] unless the service allows free text, and so is
// more than one where one is to be chosen.
func (c *Conversation) Choose(ctx context.Context, from *Choices, chosen ...string) (id string, err error) {
	switch {
	case from == nil:
		return "", &caremux.ArgumentError{Field: "from", Rule: "is required"}
	case len(chosen) == 0:
		return "", &caremux.ArgumentError{Field: "chosen", Rule: "is required"}
	case len(chosen) > 1 && !from.Multiple:
		return "", &caremux.ArgumentError{Field: "chosen", Rule: "must be one choice"}
	}
	for _, choice := range chosen {
		if !from.FreeText && !slices.Contains(from.Choices, choice) {
			return "", &caremux.ArgumentError{Field: "chosen", Rule: "must be among the choices"}
		}
	}
	return c.SendText(ctx, UserText{Text: strings.Join(chosen, ", "), ToolUseID: from.ToolUseID})
}

// SendAudio sends what the user has said, in a media type such as "audio/mp3", and returns the id of the message. It is
// as [Conversation.SendText] otherwise.
func (c *Conversation) SendAudio(ctx context.Context, mediaType string, audio []byte) (id string, err error) {
	switch {
	case len(audio) == 0:
		return "", &caremux.ArgumentError{Field: "audio", Rule: "is required"}
	case !strings.HasPrefix(mediaType, "audio/") || !utf8.ValidString(mediaType):
		return "", &caremux.ArgumentError{Field: "mediaType", Rule: "must be a media type of audio"}
	}
	if c.options.streamedAudio {
		data := map[string]any{"audio": audio, "format": mediaType}
		return c.send(ctx, outgoing{Event: "stream", ContentType: "audio", Data: data})
	}
	data := map[string]any{"audio": audio, "audio_format": mediaType}
	return c.send(ctx, outgoing{Event: "chat", ContentType: "audio", Data: data})
}
