package transport

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/caremux/caremux/internal/scan"
)

// decodePage reads the items of a page. frame is what is around their list, nil if there is nothing.
func decodePage[T any](a *attempts, body []byte, read func([]byte) (T, error)) (items []T, l list, frame []byte, err error) {
	if len(body) == 0 {
		return nil, l, nil, errEmptyAnswer
	}
	if a.op.Paging.Link != nil {
		if err := a.vetPage(body); err != nil {
			return nil, l, nil, err
		}
	}
	l, bare, err := a.op.Paging.items(body, a.op.NullLists)
	switch {
	case err == nil:
	case a.op.Paging.Link != nil && json.Valid(body):
		return []T{}, list{raw: []byte("[]"), ok: true}, body, nil
	default:
		return nil, l, nil, cmp.Or(a.inPlaceOfList(body), err)
	}
	around := l.raw
	if value := a.value(around); len(value) > 0 && &value[0] != &around[0] {
		l = asList(value)
	}
	if !bare {
		if frame = frameOf(body, around); !json.Valid(frame) {
			return nil, l, nil, errNotJSON
		}
		if err := a.op.envelope(frame); err != nil && len(l.elements) == 0 {
			return nil, l, nil, err
		}
	}
	if read != nil {
		items, err = readItems(l, read)
	} else {
		items, err = decodeItems[T](a, l)
	}
	if err != nil {
		return nil, l, nil, err
	}
	switch {
	case !bare:
	case a.op.Paging.Skip:
		frame = []byte("null") // there is nothing around the list, and nothing is needed to go on
	}
	return items, l, frame, nil
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
