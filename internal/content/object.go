package content

import (
	"context"
	"errors"
	"io"
	"reflect"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/fields"
	"github.com/caremux/caremux/internal/wire"
)

// ErrTooLarge is a file that is larger than may be read into memory.
var ErrTooLarge = errors.New("the file is larger than can be encrypted")

// IsJSON reports whether the body is sent as JSON, IsForm whether as a form with files.
func (b Body) IsJSON() bool { return b.kind == jsonBody }

// IsForm reports whether the body is sent as multipart/form-data.
func (b Body) IsForm() bool { return b.kind == multipartBody }

// Object returns the JSON of the body, whose payload is p: JSON as it is, and a form as an object with its files in base64. A
// file of more than most bytes is [ErrTooLarge].
func (b Body) Object(ctx context.Context, p Payload, most int64) ([]byte, error) {
	if b.kind == jsonBody {
		r, err := p.Open(ctx)
		if err != nil {
			return nil, err
		}
		return io.ReadAll(r)
	}
	form := map[string]any{}
	v := reflect.Indirect(reflect.ValueOf(b.value))
	for _, f := range fields.Of(v.Type()).Fields {
		value := f.In(v)
		if !value.IsValid() || value.IsZero() {
			continue
		}
		file, ok := value.Interface().(caremux.File)
		if !ok {
			form[f.Name] = value.Interface()
			continue
		}
		content, err := contentOf(ctx, file, most)
		if err != nil {
			return nil, err
		}
		form[f.Name] = content // []byte, which JSON has in base64
	}
	return wire.Marshal(form)
}

// contentOf reads a whole file. The read ends with the context.
func contentOf(ctx context.Context, file caremux.File, most int64) ([]byte, error) {
	p, err := encodeRaw(file, "")
	if err != nil {
		return nil, err
	}
	defer p.Files.Raise()
	r, err := p.Open(ctx)
	if err != nil {
		return nil, err
	}
	if p.MayHang {
		r = Leaving(ctx, r)
	}
	content, err := io.ReadAll(io.LimitReader(r, most+1))
	if int64(len(content)) > most {
		err = ErrTooLarge
	}
	return content, err
}
