package transport

import (
	"cmp"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"

	"github.com/caremux/caremux/internal/fields"
	"github.com/caremux/caremux/internal/scan"
)

// decoder makes the items of a list: a slice of their type.
type decoder func(a *attempts, l list) (items any, err error)

// itemsOf is the decoder of items that are decoded as their type says.
func itemsOf[T any](a *attempts, l list) (any, error) { return decodeItems[T](a, l) }

// itemsBy returns the decoder of items that read decodes from their JSON.
func itemsBy[T any](read func([]byte) (T, error)) decoder {
	return func(_ *attempts, l list) (any, error) { return readItems(l, read) }
}

// decodePage reads the items of a page. frame is what is around their list, nil if there is nothing.
func decodePage(a *attempts, body []byte, decode decoder) (items any, l list, frame []byte, err error) {
	if l, frame, err = a.pageList(body); err != nil {
		return nil, l, nil, err
	}
	if items, err = decode(a, l); err != nil {
		return nil, l, nil, err
	}
	return items, l, frame, nil
}

// pageList finds the list of a page, and what is around it.
func (a *attempts) pageList(body []byte) (l list, frame []byte, err error) {
	if len(body) == 0 {
		return l, nil, errEmptyAnswer
	}
	p := a.op.Paging
	if p.Link != nil {
		if err := a.vetPage(body); err != nil {
			return l, nil, err
		}
	}
	l, bare, err := p.items(body, a.op.NullLists)
	switch {
	case err == nil:
	case p.Link != nil && json.Valid(body):
		return list{raw: []byte("[]"), ok: true}, body, nil
	default:
		return l, nil, cmp.Or(a.inPlaceOfList(body), err)
	}
	around := l.raw
	if value := a.value(around); len(value) > 0 && &value[0] != &around[0] {
		l = asList(value)
	}
	switch {
	case !bare:
		if frame = frameOf(body, around); !json.Valid(frame) {
			return l, nil, errNotJSON
		}
		if err := a.op.envelope(frame); err != nil && len(l.elements) == 0 {
			return l, nil, err
		}
	case p.Skip:
		frame = []byte("null") // there is nothing around the list, and nothing is needed to go on
	}
	return l, frame, nil
}

// vetPage is vet for the page of a list by link.
func (a *attempts) vetPage(body []byte) error {
	if body[0] != '{' {
		return errNotJSON
	}
	page, err := a.unwrap(body)
	if err != nil {
		return err
	}
	return a.vet(page)
}

// inPlaceOfList says what came in place of a page, if that is known.
func (a *attempts) inPlaceOfList(body []byte) error {
	if err := a.op.envelope(body); err != nil {
		return err
	}
	parent, _, _ := strings.Cut(a.op.Paging.Items[0], ".")
	other, ok := scan.Lookup(body, parent)
	if ok {
		if err := a.vet(other); err != nil && !errors.Is(err, ErrSkip) {
			return err
		}
	}
	if body[0] == '{' && json.Valid(body) {
		return explained("the response has no list")
	}
	return nil
}

// items finds the list in a response. Where an envelope was documented and the body is the list itself, it is taken as such.
func (p *Paging) items(body []byte, nulls bool) (l list, bare bool, err error) {
	for _, path := range p.Items {
		if path == "$" {
			if len(p.Items) == 1 || body[0] == '[' {
				return asList(body), true, nil
			}
			continue // an envelope is not a list of one
		}
		if raw, elements, isList, ok := scan.LookupList(body, path); ok && (isList || !p.envelope(path)) {
			return list{raw, elements, isList}, false, nil
		}
		if around, _, ok := strings.Cut(path, ".0."); ok {
			if raw, elements, isList, _ := scan.LookupList(body, around); nulls && string(raw) == "null" || isList && len(elements) == 0 {
				return list{raw: []byte("[]"), ok: true}, true, nil
			}
		}
	}
	if body[0] == '[' || string(body) == "null" {
		return asList(body), true, nil
	}
	return list{}, false, errNotJSON
}

// envelope reports whether a path is that of an envelope of another list: what is there may be the list itself, and a single record not.
func (p *Paging) envelope(path string) bool {
	return slices.ContainsFunc(p.Items, func(other string) bool { return strings.HasPrefix(other, path+".") })
}

// frameOf is the body with null in place of a part of it. The part is checked as it is decoded, and the rest is short.
func frameOf(body, part []byte) []byte {
	start := scan.Offset(body, part)
	frame := make([]byte, 0, len(body)-len(part)+len("null"))
	frame = append(frame, body[:start]...)
	frame = append(frame, "null"...)
	return append(frame, body[start+len(part):]...)
}

// list is a JSON array in the body of a response, or what came in its place.
type list struct {
	raw      []byte
	elements [][]byte
	ok       bool // it is an array
}

func asList(raw []byte) list {
	elements, ok := scan.Elements(raw)
	return list{raw, elements, ok}
}

// each returns the elements to decode. A lone object where a list was documented is a list of one; null is an empty one if nulls are.
func (l list) each(nulls bool) ([][]byte, error) {
	switch {
	case len(l.raw) == 0:
		return nil, errEmptyAnswer
	case l.ok && len(l.elements) > maxItems:
		return nil, errTooMany
	case l.ok:
		return l.elements, nil
	case l.raw[0] == '{':
		return [][]byte{l.raw}, nil
	case string(l.raw) != "null":
		return nil, errNotJSON
	case !nulls:
		return nil, refused("the response has null in place of a list")
	}
	return nil, nil
}

// decodeItems checks and decodes the elements of a list, each keeping its own slice of the body.
func decodeItems[T any](a *attempts, l list) ([]T, error) {
	records, err := a.records(l, reflect.TypeFor[T]())
	if err != nil {
		return nil, err
	}
	items := make([]T, len(records))
	for i, record := range records {
		if err := a.decode(record, &items[i], true); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// records checks the elements of a list and leaves out what is not a record.
func (a *attempts) records(l list, t reflect.Type) ([][]byte, error) {
	elements, err := l.each(a.op.NullLists)
	if err == nil && !l.ok && len(elements) > 0 {
		err = a.op.record(l.raw, t)
	}
	if err != nil {
		return nil, err
	}
	kept := make([][]byte, 0, len(elements))
	for _, element := range elements {
		element = a.value(element)
		if string(element) == "null" && !fields.Nilable(t) {
			if !a.op.NullLists {
				return nil, refused("the response has null in place of an element of a list")
			}
			continue
		}
		switch err := a.vet(element); {
		case errors.Is(err, ErrSkip):
			continue
		case err != nil:
			return nil, err
		}
		if err := a.op.element(element, t); err != nil {
			return nil, err
		}
		kept = append(kept, element)
	}
	return kept, nil
}

// ErrSkip is what Settings.Vet says of an element of a list that is no record at all, and the read function of [PageOf] of an
// element that is none of the items.
var ErrSkip = errors.New("no record")

// readItems decodes the elements of a list, without those that read passes over by ErrSkip.
func readItems[T any](l list, read func([]byte) (T, error)) ([]T, error) {
	elements, err := l.each(false)
	if err != nil {
		return nil, err
	}
	items := make([]T, 0, len(elements))
	for _, element := range elements {
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
