package transport

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/textproto"
	"net/url"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"unicode"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/fields"
	"github.com/caremux/caremux/internal/wire"
)

// payload is an encoded body.
type payload struct {
	contentType string
	// open starts the body from its beginning; nil without a body.
	open func(context.Context) (io.Reader, error)
	// size is -1 if it is not known beforehand.
	size int64
	// once marks a body that can be read a single time.
	once bool
	// mayHang marks a body with content of which a read may take forever.
	mayHang bool
	// files take turns in being read; nil for a body without files.
	files *turns
}

func (b Body) encode(op *Operation) (payload, error) {
	if len(b.fields) > 0 && b.kind != jsonBody {
		return payload{}, &caremux.ArgumentError{Field: "WithBodyField", Rule: "needs a call with a JSON body"}
	}
	if b.kind == noBody {
		return payload{}, nil
	}
	if wire.IsNil(b.value) {
		if op.OptionalBody && len(b.fields) == 0 {
			return payload{}, nil
		}
		return payload{}, &caremux.ArgumentError{Field: "body", Rule: "is required"}
	}
	if err := wire.Check(b.value); err != nil {
		return payload{}, err
	}
	switch b.kind {
	case multipartBody:
		return encodeMultipart(b.value)
	case formBody:
		return b.encodeForm()
	case rawBody:
		return b.encodeRaw()
	}
	data, err := encodeJSON(b.value)
	if err != nil {
		return payload{}, &caremux.ArgumentError{Field: "body", Rule: "cannot be encoded as JSON"}
	}
	for _, field := range b.fields {
		if data, err = b.set(data, field); err != nil {
			return payload{}, err
		}
	}
	if op.MaxBody > 0 && len(data) > op.MaxBody {
		return payload{}, &caremux.ArgumentError{Field: "body", Rule: "must have at most " + strconv.Itoa(op.MaxBody) + " bytes as JSON"}
	}
	return payload{
		contentType: b.mediaType,
		open:        func(context.Context) (io.Reader, error) { return bytes.NewReader(data), nil },
		size:        int64(len(data)),
	}, nil
}

// encodeJSON encodes a body, also one that hides its secrets from other encoders.
func encodeJSON(value any) ([]byte, error) {
	if hides, ok := value.(interface{ WireJSON() ([]byte, error) }); ok {
		return hides.WireJSON()
	}
	return wire.Marshal(value)
}

func (b Body) encodeForm() (payload, error) {
	v := reflect.Indirect(reflect.ValueOf(b.value))
	values := url.Values{}
	for _, f := range fields.Of(v.Type()).Fields {
		value, ok, err := formText(f.In(v))
		if err != nil {
			return payload{}, err
		}
		if ok {
			values.Set(f.Name, value)
		}
	}
	data := values.Encode()
	open := func(context.Context) (io.Reader, error) { return strings.NewReader(data), nil }
	return payload{contentType: b.mediaType, open: open, size: int64(len(data))}, nil
}

func (b Body) encodeRaw() (payload, error) {
	file := b.value.(caremux.File)
	if file.Content == nil {
		return payload{}, &caremux.ArgumentError{Field: "body", Rule: "must have content"}
	}
	if err := checkType("body", file); err != nil {
		return payload{}, err
	}
	part := partOf(file.Content)
	p := payload{contentType: cmp.Or(file.ContentType, b.mediaType), size: part.size, once: part.seeker == nil, mayHang: part.mayHang()}
	files := newTurns()
	p.files = files
	p.open = func(ctx context.Context) (io.Reader, error) {
		if err := files.begin(ctx); err != nil {
			return nil, err
		}
		defer files.release()
		content, err := part.rewound()
		return &turnReader{content, files, files.turn}, err // not the content itself, which may have a Close
	}
	return p, nil
}

// encodeMultipart lays out a form around its files without reading them. Fields that are nil or zero and not required are left out.
func encodeMultipart(form any) (payload, error) {
	v := reflect.Indirect(reflect.ValueOf(form))
	var frame bytes.Buffer
	w := multipart.NewWriter(&frame)
	p := payload{contentType: w.FormDataContentType()}
	var parts []part
	cut := 0
	text := func() []byte {
		from := cut
		cut = frame.Len()
		return frame.Bytes()[from:cut:cut]
	}
	for _, f := range fields.Of(v.Type()).Fields {
		name, value := f.Name, f.In(v)
		if !value.IsValid() {
			continue // of an embedded struct that is nil
		}
		switch field := value.Interface().(type) {
		case caremux.File:
			if field.Content == nil {
				continue
			}
			if err := checkType(name, field); err != nil {
				return payload{}, err
			}
			parts = append(parts, filePart(w, name, field, &frame, text))
		case []caremux.File:
			for _, file := range field {
				if file.Content == nil {
					return payload{}, &caremux.ArgumentError{Field: name, Rule: "must have content in every file"}
				}
				if err := checkType(name, file); err != nil {
					return payload{}, err
				}
				parts = append(parts, filePart(w, name, file, &frame, text))
			}
		default:
			text, ok, err := formText(value)
			if err != nil {
				return payload{}, err
			}
			if ok {
				_ = w.WriteField(name, text)
			}
		}
	}
	_ = w.Close()
	tail := text()
	p.size = int64(frame.Len())
	for _, part := range parts {
		if part.size < 0 || p.size < 0 {
			p.size = -1
		} else {
			p.size += part.size
		}
		p.once = p.once || part.seeker == nil
		p.mayHang = p.mayHang || part.mayHang()
	}
	files := newTurns()
	p.files = files
	p.open = func(ctx context.Context) (io.Reader, error) {
		if err := files.begin(ctx); err != nil {
			return nil, err
		}
		defer files.release()
		readers := make([]io.Reader, 0, 2*len(parts)+1)
		for i := range parts {
			content, err := parts[i].rewound()
			if err != nil {
				return nil, err
			}
			readers = append(readers, bytes.NewReader(parts[i].head), content)
		}
		return &turnReader{io.MultiReader(append(readers, bytes.NewReader(tail))...), files, files.turn}, nil
	}
	return p, nil
}

// checkType refuses a content type that would end its line: mime/multipart writes a part's header as it is. Of a name
// it escapes line breaks and quotes; other control characters make the header unreadable.
func checkType(field string, file caremux.File) error {
	unreadable := func(r rune) bool { return unicode.IsControl(r) && r != '\t' && r != '\r' && r != '\n' }
	if strings.ContainsFunc(file.Name, unreadable) {
		return &caremux.ArgumentError{Field: field, Rule: "must have a name without control characters"}
	}
	if strings.ContainsFunc(file.ContentType, unicode.IsControl) {
		return &caremux.ArgumentError{Field: field, Rule: "must have a content type without control characters"}
	}
	return nil
}

// part is a file with the frame text in front of it.
type part struct {
	head    []byte
	content io.Reader
	size    int64
	seeker  io.Seeker
	start   int64
}

func filePart(w *multipart.Writer, field string, file caremux.File, frame *bytes.Buffer, text func() []byte) part {
	contentType := file.ContentType
	if contentType == "" {
		contentType = mime.TypeByExtension(filepath.Ext(file.Name))
	}
	if contentType == "" {
		contentType = "application/octet-stream"
	}
	name := file.Name
	if name == "" {
		name = field
	}
	h := textproto.MIMEHeader{}
	h.Set("Content-Disposition", multipart.FileContentDisposition(field, name))
	h.Set("Content-Type", contentType)
	_, _ = w.CreatePart(h)
	p := partOf(file.Content)
	p.head = text()
	return p
}

// rewound is the content from where it began.
func (p part) rewound() (io.Reader, error) {
	if p.seeker == nil {
		return p.content, nil
	}
	_, err := p.seeker.Seek(p.start, io.SeekStart)
	return p.content, err
}

// partOf finds out how much content there is and whether it can be read again.
func partOf(content io.Reader) part {
	p := part{content: content, size: -1}
	if s, ok := content.(io.Seeker); ok {
		if at, err := s.Seek(0, io.SeekCurrent); err == nil {
			if end, err := s.Seek(0, io.SeekEnd); err == nil {
				p.seeker, p.start, p.size = s, at, end-at
			}
			_, _ = s.Seek(at, io.SeekStart)
		}
	} else if l, ok := content.(interface{ Len() int }); ok {
		p.size = int64(l.Len())
	}
	return p
}

var errForm = errors.New("a form field of this kind cannot be sent")

// formText returns the text of a scalar form field, and whether it is set.
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
