package content

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"mime"
	"mime/multipart"
	"net/textproto"
	"path/filepath"
	"reflect"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/fields"
)

// form lays out a multipart/form-data body around its files without reading them.
type form struct {
	frame bytes.Buffer
	w     *multipart.Writer
	files []part
	cut   int // the end of the frame that belongs to a part already
}

// encodeMultipart lays out each field of the struct body as a part. Fields that are nil or zero and not required are left out.
func encodeMultipart(body any) (Payload, error) {
	v := reflect.Indirect(reflect.ValueOf(body))
	var f form
	f.w = multipart.NewWriter(&f.frame)
	for _, field := range fields.Of(v.Type()).Fields {
		value := field.In(v)
		if !value.IsValid() {
			continue // of an embedded struct that is nil
		}
		if err := f.add(field.Name, value); err != nil {
			return Payload{}, err
		}
	}
	_ = f.w.Close()
	return f.payload(), nil
}

// add lays out a field.
func (f *form) add(name string, value reflect.Value) error {
	switch field := value.Interface().(type) {
	case caremux.File:
		if field.Content == nil {
			return nil
		}
		return f.addFile(name, field)
	case []caremux.File:
		for _, file := range field {
			if file.Content == nil {
				return &caremux.ArgumentError{Field: name, Rule: "must have content in every file"}
			}
			if err := f.addFile(name, file); err != nil {
				return err
			}
		}
		return nil
	}
	text, ok, err := formText(value)
	if err == nil && ok {
		_ = f.w.WriteField(name, text)
	}
	return err
}

func (f *form) addFile(field string, file caremux.File) error {
	if err := checkFile(field, file); err != nil {
		return err
	}
	contentType := cmp.Or(file.ContentType, mime.TypeByExtension(filepath.Ext(file.Name)), "application/octet-stream")
	h := textproto.MIMEHeader{}
	h.Set("Content-Disposition", multipart.FileContentDisposition(field, cmp.Or(file.Name, field)))
	h.Set("Content-Type", contentType)
	_, _ = f.w.CreatePart(h)
	p := partOf(file.Content)
	p.head = f.text()
	f.files = append(f.files, p)
	return nil
}

// text is the frame since the last cut.
func (f *form) text() []byte {
	from := f.cut
	f.cut = f.frame.Len()
	return f.frame.Bytes()[from:f.cut:f.cut]
}

func (f *form) payload() Payload {
	p := Payload{ContentType: f.w.FormDataContentType(), Size: int64(f.frame.Len()), Files: newTurns()}
	files, tail := f.files, f.text()
	for _, file := range files {
		p.add(file)
	}
	p.Open = func(ctx context.Context) (io.Reader, error) {
		return p.Files.reader(ctx, func() (io.Reader, error) {
			readers := make([]io.Reader, 0, 2*len(files)+1)
			for _, file := range files {
				content, err := file.rewound()
				if err != nil {
					return nil, err
				}
				readers = append(readers, bytes.NewReader(file.head), content)
			}
			return io.MultiReader(append(readers, bytes.NewReader(tail))...), nil
		})
	}
	return p
}
