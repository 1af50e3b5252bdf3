package content

import (
	"errors"
	"net/url"
	"reflect"
	"strconv"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/fields"
	"github.com/caremux/caremux/internal/wire"
)

// Body is a request body. The zero value is none.
type Body struct {
	kind      bodyKind
	value     any
	mediaType string
	fields    []caremux.BodyField // of the call's options
}

// With is the body with fields that the call's options set.
func (b Body) With(fields []caremux.BodyField) Body {
	b.fields = fields
	return b
}

type bodyKind uint8

const (
	noBody bodyKind = iota
	jsonBody
	multipartBody
	formBody
	rawBody
)

// JSON is a body sent as JSON.
func JSON(v any) Body { return JSONAs("application/json", v) }

// JSONAs is a body sent as JSON under another media type.
func JSONAs(mediaType string, v any) Body {
	return Body{kind: jsonBody, value: v, mediaType: mediaType}
}

// Multipart is a body sent as multipart/form-data: each field of the struct v is a part, caremux.File fields are files.
func Multipart(v any) Body { return Body{kind: multipartBody, value: v, mediaType: ""} }

// Form is a body sent as application/x-www-form-urlencoded: each field of the struct v is a value.
func Form(v any) Body {
	return Body{kind: formBody, value: v, mediaType: "application/x-www-form-urlencoded"}
}

// Raw is a body sent as it is.
func Raw(mediaType string, file caremux.File) Body {
	return Body{kind: rawBody, value: file, mediaType: mediaType}
}

// Encode checks the body and lays it out. It returns a *caremux.ArgumentError that names the field at fault, before anything is read.
func (b Body) Encode(limits Limits) (Payload, error) {
	if len(b.fields) > 0 && b.kind != jsonBody {
		return Payload{}, &caremux.ArgumentError{Field: "WithBodyField", Rule: "needs a call with a JSON body"}
	}
	if b.kind == noBody {
		return Payload{}, nil
	}
	if wire.IsNil(b.value) {
		if limits.Optional && len(b.fields) == 0 {
			return Payload{}, nil
		}
		return Payload{}, &caremux.ArgumentError{Field: "body", Rule: "is required"}
	}
	if err := wire.Check(b.value); err != nil {
		return Payload{}, err
	}
	switch b.kind {
	case multipartBody:
		return encodeMultipart(b.value)
	case formBody:
		return b.encodeForm()
	case rawBody:
		return encodeRaw(b.value.(caremux.File), b.mediaType)
	}
	return b.encodeJSON(limits)
}

func (b Body) encodeJSON(limits Limits) (Payload, error) {
	data, err := marshal(b.value)
	if err != nil {
		return Payload{}, &caremux.ArgumentError{Field: "body", Rule: "cannot be encoded as JSON"}
	}
	for _, field := range b.fields {
		if data, err = set(data, field); err != nil {
			return Payload{}, err
		}
	}
	if limits.MaxSize > 0 && len(data) > limits.MaxSize {
		return Payload{}, &caremux.ArgumentError{
			Field: "body", Rule: "must have at most " + strconv.Itoa(limits.MaxSize) + " bytes as JSON",
		}
	}
	return Bytes(b.mediaType, data), nil
}

// marshal encodes a body, also one that hides its secrets from other encoders.
func marshal(value any) ([]byte, error) {
	if hides, ok := value.(interface{ WireJSON() ([]byte, error) }); ok {
		return hides.WireJSON()
	}
	return wire.Marshal(value)
}

func (b Body) encodeForm() (Payload, error) {
	v := reflect.Indirect(reflect.ValueOf(b.value))
	values := url.Values{}
	for _, f := range fields.Of(v.Type()).Fields {
		value, ok, err := formText(f.In(v))
		if err != nil {
			return Payload{}, err
		}
		if ok {
			values.Set(f.Name, value)
		}
	}
	return Bytes(b.mediaType, []byte(values.Encode())), nil
}

var errForm = errors.New("a form field of this kind cannot be sent")

// formText gives the text of a scalar form field, and whether it is set.
func formText(v reflect.Value) (string, bool, error) {
	if !v.IsValid() || v.IsZero() && v.Kind() != reflect.Bool || v.Kind() == reflect.Pointer && v.IsNil() {
		return "", false, nil
	}
	data, err := wire.Marshal(v.Interface())
	if err != nil {
		return "", false, errForm
	}
	var s string
	if wire.Unmarshal(data, &s) == nil {
		return s, true, nil
	}
	return string(data), true, nil
}
