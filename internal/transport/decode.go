package transport

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/wire"
)

// Call sends an operation that answers with one record.
func Call[T any](ctx context.Context, c *Client, op *Operation, in Input, opts []caremux.RequestOption) (*T, error) {
	out := new(T)
	err := c.exec(ctx, op, in, opts, func(a *attempts, resp *http.Response) error {
		body, err := a.readAll(resp)
		if err != nil {
			return err
		}
		*out = *new(T) // an earlier attempt may have left something
		if body, err = a.unwrap(body); err != nil {
			return err
		}
		if err := a.vet(body); err != nil {
			return err
		}
		return a.decode(body, out)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// vet lets the vendor package look at a record before it is decoded.
func (a *attempts) vet(raw []byte) error {
	if vet := a.client.settings.Vet; vet != nil {
		return vet(a.op, raw)
	}
	return nil
}

// List sends an operation that answers with a bare list that has no pages.
func List[T any](ctx context.Context, c *Client, op *Operation, in Input, opts []caremux.RequestOption) ([]T, error) {
	var out []T
	err := c.exec(ctx, op, in, opts, func(a *attempts, resp *http.Response) error {
		body, err := a.readAll(resp)
		if err != nil {
			return err
		}
		if body, err = a.unwrap(body); err == nil {
			out, err = decodeItems[T](a, asList(bytes.TrimSpace(body)))
		}
		return err
	})
	return out, err
}

// value returns the JSON of what raw stands for.
func (a *attempts) value(raw []byte) []byte {
	if a.names == nil {
		return raw
	}
	return a.names.Value(raw)
}

// decode decodes a part of the body into out, which keeps it.
func (a *attempts) decode(raw []byte, out any) error {
	if a.names == nil {
		return decodeRecord(raw, out)
	}
	return a.names.Decode(bytes.TrimSpace(raw), out)
}

// unwrap takes the record out of its envelope. A body without the envelope is the record itself.
func (a *attempts) unwrap(body []byte) ([]byte, error) {
	op := a.op
	if op.Envelope == "" {
		return body, nil
	}
	inner, ok := wire.Lookup(body, op.Envelope)
	if !ok {
		if inner = bytes.TrimSpace(body); !op.OneOfList || len(inner) == 0 || inner[0] != '[' || !json.Valid(inner) {
			return body, nil
		}
		body = inner // the list without its envelope
	}
	if ok && !json.Valid(frameOf(body, inner)) {
		return nil, errNotJSON
	}
	inner = a.value(inner)
	if !op.OneOfList {
		return inner, nil
	}
	switch elements, list := wire.Elements(inner); {
	case !list:
		return inner, nil
	case len(elements) == 0:
		return []byte("null"), nil
	default:
		return a.value(elements[0]), nil
	}
}

// Scalar sends an operation that answers with a single text, number or boolean.
func Scalar[T any](ctx context.Context, c *Client, op *Operation, in Input, opts []caremux.RequestOption) (T, error) {
	var out T
	err := c.exec(ctx, op, in, opts, func(a *attempts, resp *http.Response) error {
		body, err := a.readAll(resp)
		if err != nil {
			return err
		}
		if body, err = a.unwrap(body); err != nil {
			return err
		}
		if err := a.vet(body); err != nil {
			return err
		}
		if len(body) == 0 {
			return errEmptyAnswer
		}
		if text, ok := any(&out).(*string); ok && op.Accept != "" {
			*text = string(body)
			return nil
		}
		if err := wire.Unmarshal(body, &out); err != nil {
			return errors.Join(errNotJSON, err)
		}
		return nil
	})
	return out, err
}

// Exec sends an operation whose answer says nothing beside its status.
func Exec(ctx context.Context, c *Client, op *Operation, in Input, opts []caremux.RequestOption) error {
	return c.exec(ctx, op, in, opts, func(a *attempts, resp *http.Response) error {
		_, err := a.readAll(resp)
		return a.itself(err)
	})
}

// exec resolves the options of a call and bounds it by the client's timeout.
func (c *Client) exec(ctx context.Context, op *Operation, in Input, opts []caremux.RequestOption, receive receiver) error {
	cfg, err := caremux.NewCallConfig(opts)
	if err != nil {
		return named(op, err)
	}
	return c.execConfig(ctx, op, in, cfg, receive)
}

func (c *Client) execConfig(ctx context.Context, op *Operation, in Input, cfg *caremux.CallConfig, receive receiver) error {
	timeout := c.config.Timeout
	if cfg.Timeout != nil {
		timeout = *cfg.Timeout
	}
	var cancel context.CancelFunc
	if timeout > 0 {
		ctx, cancel = context.WithTimeoutCause(ctx, timeout, errTimeout)
	} else {
		ctx, cancel = context.WithCancel(ctx) // what hangs on it ends with the call
	}
	defer cancel()
	return c.call(ctx, op, in, cfg, receive)
}

// itself is err, or for an answer of which only the status counts, that it is another page's: one that was asked for by GET, such as
// a page to log in at, says nothing of a call that changes something.
func (a *attempts) itself(err error) error {
	if err == nil && a.trace != nil && a.trace.turned.Load() {
		return &ShapeError{Reason: "the server led to another page", Kind: caremux.ErrUnreadable}
	}
	return err
}

// readAll reads the answer and keeps it for the caller's Response.
func (a *attempts) readAll(resp *http.Response) ([]byte, error) {
	if a.op.Method == http.MethodHead {
		return nil, resp.Body.Close() // its Content-Length is that of the GET
	}
	body, err := readAnswer(resp)
	a.body, a.names = body, nil
	if rewrite := a.client.settings.Rewrite; rewrite != nil && err == nil {
		body, a.names, err = rewrite(body)
	}
	return body, err
}

// decodeRecord decodes one JSON value into out, which keeps it. A member of another type than documented does not fail the
// record: the record says so itself.
func decodeRecord(raw []byte, out any) error {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return errEmptyAnswer
	}
	mismatch, err := Unmarshal(raw, out)
	if err != nil {
		return err
	}
	caremux.KeepJSON(out, raw, mismatch)
	return nil
}

// Unmarshal decodes a JSON value and tells a mismatch inside the value from a value that is something else altogether.
func Unmarshal(raw []byte, out any) (mismatch, err error) {
	err = wire.Unmarshal(raw, out)
	if err == nil {
		if raw[0] == 'n' && reflect.TypeOf(out).Elem().Kind() == reflect.Struct {
			return nil, errNotJSON
		}
		return nil, nil
	}
	var typeError *json.UnmarshalTypeError
	if errors.As(err, &typeError) && typeError.Field != "" {
		return &mismatchError{field: typeError.Field, got: firstWord(typeError.Value)}, nil
	}
	return nil, errors.Join(errNotJSON, err)
}

// complete reports whether an answer that could not be decoded is all there, so that asking again would not help. One that
// begins like JSON and is none may have been cut off.
func complete(err error, body []byte) bool {
	if errors.Is(err, errEmptyAnswer) {
		return true
	}
	body = bytes.TrimSpace(body)
	return errors.Is(err, errNotJSON) && (len(body) == 0 || body[0] != '{' && body[0] != '[' || json.Valid(body))
}

func firstWord(s string) string {
	word, _, _ := strings.Cut(s, " ") // what follows a number's "number" is its value
	return word
}

// mismatchError is a member whose JSON type is not the documented one.
type mismatchError struct{ field, got string }

func (e *mismatchError) Error() string {
	return "member " + e.field + " is a JSON " + e.got + ", which does not fit its Go type"
}

// list is a JSON array in the body of an answer, or what came in its place.
type list struct {
	raw      []byte
	elements [][]byte
	ok       bool // it is an array
}

func asList(raw []byte) list {
	elements, ok := wire.Elements(raw)
	return list{raw, elements, ok}
}

// decodeItems decodes the elements of a list, each keeping its own slice of the body. A lone object where a list was documented
// is a list of one.
func decodeItems[T any](a *attempts, l list) ([]T, error) {
	raw, elements := l.raw, l.elements
	switch {
	case len(raw) == 0:
		return nil, errEmptyAnswer
	case l.ok:
	case raw[0] == '{':
		elements = [][]byte{raw}
	case string(raw) == "null":
		return []T{}, nil
	default:
		return nil, errNotJSON
	}
	whole := l.ok && a.names == nil // each element is to become an item
	records := elements[:0]
	for _, element := range elements {
		if string(element) == "null" {
			whole = false // a blank would look like a record
			continue
		}
		element = a.value(element)
		switch err := a.vet(element); {
		case errors.Is(err, ErrSkip):
			whole = false
			continue
		case err != nil:
			return nil, err
		}
		records = append(records, element)
	}
	items := make([]T, len(records))
	if whole && wire.Unmarshal(raw, &items) == nil && len(items) == len(records) {
		for i := range items {
			caremux.KeepJSON(&items[i], records[i], nil)
		}
		return items, nil
	}
	// One by one, so that a member of another type than documented is told by the record that it is in.
	clear(items)
	for i, record := range records {
		if err := a.decode(record, &items[i]); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// ErrSkip is what Settings.Vet says of an element of a list that is no record at all.
var ErrSkip = errors.New("no record")
