package clinik

import (
	"cmp"
	"encoding/json"

	"github.com/caremux/caremux"
)

// Code is a code that the API takes and gives in two forms: as plain text, or as an object with the code system. A Code with
// nothing but Text travels as text; [Coded] makes the other form.
type Code struct {
	Text    string // the plain form
	System  string // URI of the code system, such as http://snomed.info/sct
	Code    string
	Display string
}

// Text is a code in its plain form.
func Text(text string) Code { return Code{Text: text} }

// Coded is a code of a code system.
func Coded(system, code, display string) Code {
	return Code{System: system, Code: code, Display: display}
}

type coding struct {
	System  string `json:"system,omitzero"`
	Code    string `json:"code"`
	Display string `json:"display,omitzero"`
}

// Validate refuses a code that is neither text nor code.
func (c Code) Validate() error {
	if c.Code == "" && (c.System != "" || c.Display != "") {
		return &caremux.ArgumentError{Field: "code", Rule: "is required beside a system or a display"}
	}
	if c.Code != "" && c.Text != "" {
		return &caremux.ArgumentError{Field: "text", Rule: "must not be set beside a code; use display"}
	}
	return nil
}

// String returns the code for people to read: the text, or else the display, or else the code itself.
func (c Code) String() string { return cmp.Or(c.Text, c.Display, c.Code) }

// IsZero reports whether the code is empty.
func (c Code) IsZero() bool { return c == Code{} }

// MarshalJSON writes text or an object.
func (c Code) MarshalJSON() ([]byte, error) {
	if c.Code == "" && c.System == "" && c.Display == "" {
		return json.Marshal(c.Text)
	}
	return json.Marshal(coding{c.System, c.Code, c.Display})
}

// UnmarshalJSON reads either form. What has another form leaves the code empty: an error would cost the rest of the record.
func (c *Code) UnmarshalJSON(data []byte) error {
	*c = Code{}
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, &c.Text)
	}
	var object struct {
		coding
		// FHIR's own form, which is sure with one coding or none.
		Coding []coding `json:"coding"`
		Text   string   `json:"text"`
	}
	_ = json.Unmarshal(data, &object)
	switch {
	case len(object.Coding) == 1:
		object.coding = object.Coding[0]
		object.Display = cmp.Or(object.Display, object.Text)
	case len(object.Coding) == 0 && object.Code == "":
		c.Text = object.Text
	}
	c.System, c.Code, c.Display = object.System, object.Code, object.Display
	return nil
}

// Texts is one text or several. One travels as text, several as a list.
type Texts []string

// MarshalJSON writes a text or a list.
func (t Texts) MarshalJSON() ([]byte, error) {
	if len(t) == 1 {
		return json.Marshal(t[0])
	}
	return json.Marshal(append([]string{}, t...))
}

// UnmarshalJSON reads either form. What has another form leaves no texts, as with [Code.UnmarshalJSON].
func (t *Texts) UnmarshalJSON(data []byte) error {
	*t = nil
	if len(data) > 0 && data[0] == '"' {
		*t = Texts{""}
		return json.Unmarshal(data, &(*t)[0])
	}
	_ = json.Unmarshal(data, (*[]string)(t))
	return nil
}
