package ekalive

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
)

// Message is what MedAssist has sent: a [*Piece], [*Tips], [*EndOfReply], [*Text], [*Choices], [*Card],
// [*MobileVerification], [*FileMessage] or [*Unknown]. Messages print without their content, which may be about a
// person's health.
type Message interface {
	// Raw is the message as it was received.
	Raw() json.RawMessage
	message()
}

// received is part of every message.
type received struct{ raw json.RawMessage }

// Raw returns the message as it was received. Do not change it.
func (r received) Raw() json.RawMessage { return r.raw }

func (received) message() {}

// Format prints no content, whatever the verb.
func (received) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue has no content.
func (received) LogValue() slog.Value { return slog.StringValue(redacted) }

const redacted = "ekalive message [redacted]"

// Piece is the next part of a reply that is being written.
type Piece struct {
	received

	Text     string // to append to what came before
	Progress string // what the assistant is doing meanwhile, to show in its place
}

// Tips are suggestions of questions.
type Tips struct {
	received

	Tips []string
}

// EndOfReply is the end of the pieces of a reply.
type EndOfReply struct{ received }

// Text is a message that arrives whole.
type Text struct {
	received

	Text   string
	Inline bool // it belongs to the message before it
}

// Choices lets the user choose. Respond with [Conversation.Choose].
type Choices struct {
	received

	Text      string // the question, "" if it was a message before
	Choices   []string
	Multiple  bool   // more than one may be chosen
	FreeText  bool   // something else may be written
	ToolUseID string // what the response is for
}

// Card shows doctors or packages of laboratory tests. Its content has no published fields.
type Card struct {
	received

	Kind string // "doctor_card" or "lab_package_card"
	Data json.RawMessage
}

// MobileVerification requires the user to verify a mobile number. Its content has no published fields. Respond
// with [Conversation.SendText] for its ToolUseID.
type MobileVerification struct {
	received

	ToolUseID string
	Data      json.RawMessage
}

// FileMessage is a file of the conversation. The addresses can be used without further authorisation until they expire.
type FileMessage struct {
	received

	URLs []string
}

// Unknown is a message of a kind or with content that this package does not know, and the event sync.
type Unknown struct {
	received

	Event       string
	ContentType string
}

// incoming is a message for the caller, an error that the service reported, or one of the messages that keep the
// connection.
type incoming struct {
	message Message
	err     error
	conn    bool   // the service has accepted the connection
	pong    bool   // it responds to a ping
	sent    string // the timestamp of that ping
}

// frame is the outside of a message. Where the pages do not say whether a field is in data, both places are read.
type frame struct {
	Event       string          `json:"ev"`
	ContentType string          `json:"ct"`
	Data        json.RawMessage `json:"data"`
	CTS         json.RawMessage `json:"cts"`
	Code        json.RawMessage `json:"code"`
	Msg         string          `json:"msg"`
}

// parseMessage reads a message of the service. One that is not JSON is [ErrMalformed].
func parseMessage(raw []byte) incoming {
	var f frame
	if json.Unmarshal(raw, &f) != nil {
		return incoming{err: ErrMalformed}
	}
	r := received{raw}
	switch f.Event {
	case "conn":
		return incoming{conn: true}
	case "pong":
		return incoming{pong: true, sent: plain(f.either(f.CTS, "cts"))}
	case "err":
		msg := f.Msg
		if msg == "" {
			msg = plain(f.either(nil, "msg"))
		}
		return incoming{err: &MedAssistError{Code: plain(f.either(f.Code, "code")), Message: msg}}
	case "eos":
		return incoming{message: &EndOfReply{r}}
	}
	message := f.content(r)
	if message == nil {
		message = &Unknown{r, f.Event, f.ContentType}
	}
	return incoming{message: message}
}

// either is a field of the frame, or otherwise of its data.
func (f *frame) either(outside json.RawMessage, name string) json.RawMessage {
	if len(outside) > 0 {
		return outside
	}
	var data map[string]json.RawMessage
	_ = json.Unmarshal(f.Data, &data) // data without fields has none of them
	return data[name]
}

// plain is a JSON string without its quotes, and any other value as it is.
func plain(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	return string(value)
}

// content is what a message of the events stream and chat says, nil if it is not known.
func (f *frame) content(r received) Message {
	switch f.Event + " " + f.ContentType {
	case "stream text":
		return f.piece(r)
	case "stream tips":
		return f.tips(r)
	case "chat text", "chat inline_text":
		return f.text(r)
	case "chat pill", "chat multi":
		return f.choices(r)
	case "chat doctor_card", "chat lab_package_card":
		return &Card{r, f.ContentType, f.Data}
	case "chat mobile_verification":
		return &MobileVerification{r, plain(f.either(nil, "tool_use_id")), f.Data}
	case "chat file":
		return f.file(r)
	}
	return nil
}

func (f *frame) piece(r received) Message {
	var data struct {
		Text     *string `json:"text"`
		Progress *string `json:"progress_msg"`
	}
	if json.Unmarshal(f.Data, &data) != nil || data.Text == nil && data.Progress == nil {
		return nil
	}
	return &Piece{r, orEmpty(data.Text), orEmpty(data.Progress)}
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func (f *frame) tips(r received) Message {
	var data struct {
		Tips []string `json:"tips"`
	}
	if json.Unmarshal(f.Data, &data) != nil || data.Tips == nil {
		return nil
	}
	return &Tips{r, data.Tips}
}

func (f *frame) text(r received) Message {
	var data struct {
		Text *string `json:"text"`
	}
	if json.Unmarshal(f.Data, &data) != nil || data.Text == nil {
		return nil
	}
	return &Text{r, *data.Text, f.ContentType == "inline_text"}
}

func (f *frame) choices(r received) Message {
	var data struct {
		Text       string          `json:"text"`
		Choices    []string        `json:"choices"`
		Additional json.RawMessage `json:"additional_option"`
		ToolUseID  string          `json:"tool_use_id"`
	}
	if json.Unmarshal(f.Data, &data) != nil || data.Choices == nil {
		return nil
	}
	free := true // the pages do not say what the option contains
	for _, no := range []string{"", "null", "false", `""`} {
		free = free && !bytes.Equal(data.Additional, []byte(no))
	}
	return &Choices{r, data.Text, data.Choices, f.ContentType == "multi", free, data.ToolUseID}
}

// file reads the addresses: "url" is one or several, and so is "urls".
func (f *frame) file(r received) Message {
	var urls []string
	for _, name := range []string{"url", "urls"} {
		value := f.either(nil, name)
		var one string
		var several []string
		switch {
		case len(value) == 0 || string(value) == "null":
		case json.Unmarshal(value, &one) == nil:
			urls = append(urls, one)
		case json.Unmarshal(value, &several) == nil:
			urls = append(urls, several...)
		default:
			return nil
		}
	}
	if len(urls) == 0 {
		return nil
	}
	return &FileMessage{r, urls}
}
