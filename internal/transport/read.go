package transport

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/caremux/caremux"
)

// Read sends an operation and hands the record of its response to read, for records that their own codec decodes. An
// error of read makes the call fail with one that matches [caremux.ErrUnreadable]: its text is part of the call's, so
// that it must not contain a value.
func Read(
	ctx context.Context, c *Client, op *Operation, in Input, read func(raw []byte) error, opts []caremux.RequestOption,
) error {
	return c.exec(ctx, op, in, opts, func(a *attempts, resp *http.Response) error {
		raw, err := a.content(resp)
		switch {
		case err != nil:
			return err
		case len(raw) == 0:
			return errEmptyAnswer
		}
		return unread(raw, read(raw))
	})
}

// unread is the error of a response of which a part could not be read.
func unread(raw []byte, err error) error {
	switch {
	case err == nil:
		return nil
	case !json.Valid(raw):
		return errors.Join(errNotJSON, err) // it may have been cut off
	case errors.As(err, new(*ShapeError)):
		return err
	}
	return errors.Join(refused("the response cannot be read: "+err.Error()), err)
}

// readItems decodes the elements of a list, without those that read passes over by ErrSkip.
func readItems[T any](l list, read func([]byte) (T, error)) ([]T, error) {
	switch {
	case l.ok:
	case len(l.raw) > 0 && l.raw[0] == '{':
		l.elements = [][]byte{l.raw} // a list of one
	case string(l.raw) == "null":
		return nil, refused("the response has null in place of a list")
	default:
		return nil, errNotJSON
	}
	if len(l.elements) > maxItems {
		return nil, errTooMany
	}
	items := make([]T, 0, len(l.elements))
	for _, element := range l.elements {
		switch item, err := read(element); {
		case errors.Is(err, ErrSkip):
		case err != nil:
			return nil, unread(element, err)
		default:
			items = append(items, item)
		}
	}
	return items, nil
}
