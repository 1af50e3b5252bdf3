package clinik

import (
	"bytes"
	"cmp"
	"encoding/json"
	"reflect"
	"strings"

	"github.com/caremux/caremux"
)

// Code is a code that the API accepts and returns in two formats: as a plain string, or as an object with the code system. A
// Code with only Text is encoded as a string; [Coded] returns one that is encoded as an object.
//
// A response may have a FHIR CodeableConcept in its place, with several codings and a description. System, Code and Display are
// then those of the first coding, with the description as Display if the coding has none; [Code.Concept] returns all of it, and an
// unchanged Code is encoded as it was received.
type Code struct {
	Text    string // the plain string
	System  string // URI of the code system, such as http://snomed.info/sct
	Code    string
	Display string

	// sent is the JSON that the code was read from, where the fields above do not say all of it. A string keeps Code comparable.
	sent string
}

// ConceptCoding is one coding of a [Code].
type ConceptCoding struct {
	System       string `json:"system,omitzero"`
	Version      string `json:"version,omitzero"`
	Code         string `json:"code,omitzero"`
	Display      string `json:"display,omitzero"`
	UserSelected *bool  `json:"userSelected,omitzero"` // chosen by the user directly
}

// Text returns a code that is a plain string.
func Text(text string) Code { return Code{Text: text} }

// Coded returns a code of a code system.
func Coded(system, code, display string) Code {
	return Code{System: system, Code: code, Display: display}
}

// plainCode is the object form that the API documents.
type plainCode struct {
	System  string `json:"system,omitzero"`
	Code    string `json:"code"`
	Display string `json:"display,omitzero"`
}

// concept is every form of object.
type concept struct {
	ConceptCoding
	Codings []ConceptCoding `json:"coding,omitzero"`
	Text    string          `json:"text,omitzero"`
}

// Validate returns an error for a code with neither Text nor Code.
func (c Code) Validate() error {
	switch {
	case c.unchanged():
		return nil // the vendor's own
	case c.Code == "" && (c.System != "" || c.Display != ""):
		return &caremux.ArgumentError{Field: "code", Rule: "is required beside a system or a display"}
	case c.Code != "" && c.Text != "":
		return &caremux.ArgumentError{Field: "text", Rule: "must not be set beside a code; use display"}
	}
	return nil
}

// Concept returns the codings and the text of the code, in either format.
func (c Code) Concept() (codings []ConceptCoding, text string) {
	if c.unchanged() {
		all, _ := readConcept(c.sent)
		if all.ConceptCoding != (ConceptCoding{}) {
			all.Codings = append([]ConceptCoding{all.ConceptCoding}, all.Codings...)
		}
		return all.Codings, all.Text
	}
	if c.Code != "" || c.System != "" || c.Display != "" {
		codings = []ConceptCoding{{System: c.System, Code: c.Code, Display: c.Display}}
	}
	return codings, c.Text
}

// Misread reports whether a value was sent that could not be decoded as a code. It is encoded as it was received.
func (c Code) Misread() bool {
	if c.sent == "" {
		return false
	}
	_, ok := readConcept(c.sent)
	return !ok
}

// unchanged reports whether the code is what was read from its JSON.
func (c Code) unchanged() bool { return c.sent != "" && c == codeOf(c.sent) }

// String returns the code for people to read: the text, the display or the code itself, whichever is set first.
func (c Code) String() string { return cmp.Or(c.Text, c.Display, c.Code) }

// IsZero reports whether the code is empty.
func (c Code) IsZero() bool {
	return c.Text == "" && c.System == "" && c.Code == "" && c.Display == "" && c.sent == ""
}

// Equal reports whether two codes are the same.
func (c Code) Equal(other Code) bool { return c == other }

// MarshalJSON encodes a string or an object.
func (c Code) MarshalJSON() ([]byte, error) {
	switch {
	case c.unchanged():
		return []byte(c.sent), nil
	case c.Code == "" && c.System == "" && c.Display == "":
		return json.Marshal(c.Text)
	}
	return json.Marshal(plainCode{c.System, c.Code, c.Display})
}

// UnmarshalJSON decodes any JSON value; see [Code] and [Code.Misread].
func (c *Code) UnmarshalJSON(data []byte) error {
	var b bytes.Buffer
	if err := json.Compact(&b, data); err != nil {
		return err
	}
	*c = codeOf(b.String())
	return nil
}

// codeOf reads a code from compact JSON.
func codeOf(sent string) Code {
	var c Code
	switch {
	case sent == "null" || sent == "{}":
		return c
	case sent[0] == '"':
		_ = json.Unmarshal([]byte(sent), &c.Text)
		return c
	}
	all, _ := readConcept(sent)
	first := all.ConceptCoding
	if first == (ConceptCoding{}) && len(all.Codings) > 0 {
		first = all.Codings[0]
	}
	c.System, c.Code, c.Display = first.System, first.Code, first.Display
	if first == (ConceptCoding{}) {
		c.Text = all.Text
	} else {
		c.Display = cmp.Or(c.Display, all.Text)
	}
	if !c.says(sent, all) {
		c.sent = sent
	}
	return c
}

// says reports whether the fields of a code say all that was sent.
func (c Code) says(sent string, all concept) bool {
	object := plainCode{c.System, c.Code, c.Display}
	if len(all.Codings) == 1 && (all.Text == "" || all.Text == c.Display) &&
		sameFields(concept{Codings: all.Codings, Text: all.Text}, sent) {
		return sameFields(object, string(asJSON(all.Codings[0])))
	}
	return sameFields(object, sent) || c.Text != "" && sameFields(map[string]string{"text": c.Text}, sent)
}

// asJSON encodes strings, which cannot fail.
func asJSON(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return data
}

// readConcept reads an object, or a list of one; ok is false for anything else, and for an object with fields of other types.
func readConcept(sent string) (all concept, ok bool) {
	var list []json.RawMessage
	if json.Unmarshal([]byte(sent), &list) == nil && len(list) == 1 {
		sent = string(list[0])
	}
	err := json.Unmarshal([]byte(sent), &all)
	return all, err == nil && strings.HasPrefix(sent, "{")
}

// sameFields reports whether the JSON of v has every field of an object that has content.
func sameFields(v any, sent string) bool {
	var said, given map[string]any
	if json.Unmarshal(asJSON(v), &said) != nil || json.Unmarshal([]byte(sent), &given) != nil || given == nil {
		return false
	}
	for name, value := range given {
		if value != nil && value != "" && !reflect.DeepEqual(said[name], value) {
			return false
		}
	}
	return true
}

// Texts is one string or several. One is encoded as a string, several as a list.
//
// A response may have a FHIR CodeableConcept in place of a string. Its JSON is then the string, so that no data is lost;
// [Texts.Codes] decodes it.
type Texts []string

// Codes returns the strings as codes: those that were sent as objects are complete.
func (t Texts) Codes() []Code {
	var codes []Code
	for _, text := range t {
		if isJSONObject(text) {
			codes = append(codes, codeOf(text))
		} else {
			codes = append(codes, Text(text))
		}
	}
	return codes
}

// String returns the strings for people to read, separated by semicolons.
func (t Texts) String() string {
	var all []string
	for _, code := range t.Codes() {
		all = append(all, code.String())
	}
	return strings.Join(all, "; ")
}

// Misread reports whether a value was sent that is neither a string nor a code. Its JSON is among the strings.
func (t Texts) Misread() bool {
	for _, text := range t {
		if isJSONObject(text) && codeOf(text).Misread() {
			return true
		}
	}
	return false
}

// MarshalJSON encodes a string or a list.
func (t Texts) MarshalJSON() ([]byte, error) {
	all := make([]json.RawMessage, 0, len(t))
	for _, text := range t {
		raw := json.RawMessage(text)
		if !isJSONObject(text) {
			var err error
			if raw, err = json.Marshal(text); err != nil {
				return nil, err
			}
		}
		all = append(all, raw)
	}
	if len(all) == 1 && all[0][0] != '[' {
		return all[0], nil
	}
	return json.Marshal(all)
}

// UnmarshalJSON decodes any JSON value; see [Texts].
func (t *Texts) UnmarshalJSON(data []byte) error {
	var list []json.RawMessage
	switch data = bytes.TrimSpace(data); {
	case string(data) == "null":
		*t = nil
		return nil
	case len(data) > 0 && data[0] == '[':
		if err := json.Unmarshal(data, &list); err != nil {
			return err
		}
	default:
		list = []json.RawMessage{data}
	}
	texts := make(Texts, 0, len(list))
	for _, raw := range list {
		var text string
		if json.Unmarshal(raw, &text) != nil {
			var b bytes.Buffer
			if err := json.Compact(&b, raw); err != nil {
				return err
			}
			text = b.String()
		}
		texts = append(texts, text)
	}
	*t = texts
	return nil
}

// isJSONObject reports whether a string is an object or a list as JSON.
func isJSONObject(text string) bool {
	return len(text) > 1 && (text[0] == '{' || text[0] == '[') && json.Valid([]byte(text))
}
