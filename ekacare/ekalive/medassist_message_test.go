package ekalive

import (
	"encoding/json"
	"reflect"
	"testing"
)

func TestEachMessageOfMedAssistIsTyped(t *testing.T) {
	for _, tt := range []struct {
		raw  string
		want func(r received) Message
	}{
		{`{"ev":"stream","ct":"text","data":{"text":""}}`, func(r received) Message { return &Piece{r, "", ""} }},
		{`{"ev":"stream","ct":"text","data":{"text":"a"}}`, func(r received) Message { return &Piece{r, "a", ""} }},
		{`{"ev":"stream","ct":"text","data":{"progress_msg":"b"}}`, func(r received) Message { return &Piece{r, "", "b"} }},
		{`{"ev":"stream","ct":"text","data":{}}`, func(r received) Message { return &Unknown{r, "stream", "text"} }},
		{`{"ev":"stream","ct":"tips","data":{"tips":["a","b"]}}`, func(r received) Message { return &Tips{r, []string{"a", "b"}} }},
		{`{"ev":"stream","ct":"tips"}`, func(r received) Message { return &Unknown{r, "stream", "tips"} }},
		{`{"ev":"eos"}`, func(r received) Message { return &EndOfReply{r} }},
		{`{"ev":"chat","ct":"text","data":{"text":"a"}}`, func(r received) Message { return &Text{r, "a", false} }},
		{`{"ev":"chat","ct":"inline_text","data":{"text":"a"}}`, func(r received) Message { return &Text{r, "a", true} }},
		{`{"ev":"chat","ct":"text","data":{"text":7}}`, func(r received) Message { return &Unknown{r, "chat", "text"} }},
		{`{"ev":"chat","ct":"pill","data":{"text":"q","choices":["a"],"tool_use_id":"t"}}`, func(r received) Message {
			return &Choices{received: r, Text: "q", Choices: []string{"a"}, ToolUseID: "t"}
		}},
		{`{"ev":"chat","ct":"multi","data":{"choices":[],"additional_option":false}}`, func(r received) Message {
			return &Choices{received: r, Choices: []string{}, Multiple: true}
		}},
		{`{"ev":"chat","ct":"multi","data":{"choices":["a"],"additional_option":"other"}}`, func(r received) Message {
			return &Choices{received: r, Choices: []string{"a"}, Multiple: true, FreeText: true}
		}},
		{`{"ev":"chat","ct":"pill","data":{"choices":[{"label":"a"}]}}`, func(r received) Message {
			return &Unknown{r, "chat", "pill"}
		}},
		{`{"ev":"chat","ct":"doctor_card","data":{"x":1}}`, func(r received) Message {
			return &Card{r, "doctor_card", json.RawMessage(`{"x":1}`)}
		}},
		{`{"ev":"chat","ct":"lab_package_card","data":[]}`, func(r received) Message {
			return &Card{r, "lab_package_card", json.RawMessage(`[]`)}
		}},
		{`{"ev":"chat","ct":"mobile_verification","data":{"tool_use_id":"t"}}`, func(r received) Message {
			return &MobileVerification{r, "t", json.RawMessage(`{"tool_use_id":"t"}`)}
		}},
		{`{"ev":"chat","ct":"file","data":{"url":"u"}}`, func(r received) Message { return &FileMessage{r, []string{"u"}} }},
		{`{"ev":"chat","ct":"file","data":{"urls":["u","v"]}}`, func(r received) Message {
			return &FileMessage{r, []string{"u", "v"}}
		}},
		{`{"ev":"chat","ct":"file","data":{"url":7}}`, func(r received) Message { return &Unknown{r, "chat", "file"} }},
		{`{"ev":"sync","data":{"x":1}}`, func(r received) Message { return &Unknown{r, "sync", ""} }},
	} {
		in := parseMessage([]byte(tt.raw))
		if want := tt.want(received{[]byte(tt.raw)}); !reflect.DeepEqual(in.message, want) || in.err != nil {
			t.Errorf("%s is a %T, or has other fields", tt.raw, in.message)
		}
	}
}
