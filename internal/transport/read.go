package transport

import (
	"encoding/json"
	"errors"
)

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
