// Package scan finds values in a JSON text without decoding it, so that the items of a page can be handed on as slices of the
// body. It checks no more of the text than it needs to find the way; what it finds is decoded, and so checked, afterwards.
package scan

import (
	"bytes"
	"encoding/json"
	"strings"
)

// maxDepth bounds nesting, as encoding/json does.
const maxDepth = 10000

// TrimBOM returns data without one leading byte order mark, which .NET and many exporters write in front of JSON.
func TrimBOM(data []byte) []byte { return bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")) }

// Lookup returns the value at a dotted path of object fields ("data.pageable.pageNumber"), as a slice of data that keeps its
// capacity, so that Offset finds it again. A field of the very name wins over one in another case. A "0" in the path is the
// first element of an array, and the path "$" is the whole value.
func Lookup(data []byte, path string) ([]byte, bool) {
	start := find(data, path)
	if start < 0 {
		return nil, false
	}
	end := skipValue(data, start)
	if path == "$" {
		end = len(bytes.TrimRight(data, space))
	}
	if end < 0 {
		return nil, false
	}
	return data[start:end], true
}

// LookupList is Lookup for an array that comes back with its elements. A value of another kind has none, and list is false.
func LookupList(data []byte, path string) (value []byte, elements [][]byte, list, ok bool) {
	start := find(data, path)
	if start >= 0 && path != "$" {
		if all, end := elementsAt(data, start); end >= 0 {
			return data[start:end], all, true, true
		}
	}
	if value, ok = Lookup(data, path); !ok {
		return nil, nil, false, false
	}
	elements, list = Elements(value)
	return value, elements, list, true
}

// find returns the index at which the value at a path begins, or -1.
func find(data []byte, path string) int {
	i := skipSpace(data, 0)
	if i == len(data) {
		return -1
	}
	if path == "$" {
		return i
	}
	for name := range strings.SplitSeq(path, ".") {
		if name == "0" && data[i] == '[' {
			if i = skipSpace(data, i+1); i == len(data) || data[i] == ']' {
				return -1
			}
			continue
		}
		if i = findMember(data, i, name); i < 0 {
			return -1
		}
	}
	return i
}

// Offset is where value, a slice that Lookup found, begins in data.
func Offset(data, value []byte) int { return cap(data) - cap(value) }

// Members calls f with the name (unescaped) and the value of each field of the object data, until f returns false. It reports
// whether data is an object as far as it was read.
func Members(data []byte, f func(name, value []byte) bool) bool {
	return members(data, skipSpace(data, 0), func(name []byte, start int) int {
		end := skipValue(data, start)
		if end >= 0 && !f(name, data[start:end]) {
			return stop
		}
		return end
	})
}

// findMember returns the index at which a field's value begins in the object at i, or -1.
func findMember(data []byte, i int, name string) int {
	exact, folded := -1, -1
	members(data, i, func(key []byte, start int) int {
		switch {
		case string(key) == name:
			exact = start
			return stop
		case folded < 0 && len(key) == len(name) && strings.EqualFold(string(key), name):
			folded = start
		}
		return skipValue(data, start)
	})
	if exact >= 0 {
		return exact
	}
	return folded
}

// stop ends members in good order.
const stop = -2

// members calls f with the name of each field of the object at i and the index at which its value begins. f returns the index behind
// it, -1 if it is none, or stop.
func members(data []byte, i int, f func(name []byte, start int) int) bool {
	if i >= len(data) || data[i] != '{' {
		return false
	}
	i = skipSpace(data, i+1)
	if i < len(data) && data[i] == '}' {
		return true
	}
	for {
		name, start := memberName(data, i)
		if start < 0 {
			return false
		}
		end := f(name, start)
		switch end {
		case stop:
			return true
		case -1:
			return false
		}
		i = skipSpace(data, end)
		if i >= len(data) {
			return false
		}
		switch data[i] {
		case '}':
			return true
		case ',':
			i = skipSpace(data, i+1)
		default:
			return false
		}
	}
}

// memberName returns the name of the field at i, unescaped, and the index at which its value begins, or -1.
func memberName(data []byte, i int) (name []byte, start int) {
	if i >= len(data) || data[i] != '"' {
		return nil, -1
	}
	end := skipString(data, i)
	if end < 0 {
		return nil, -1
	}
	name = data[i+1 : end-1]
	if bytes.IndexByte(name, '\\') >= 0 {
		var s string
		if json.Unmarshal(data[i:end], &s) != nil {
			return nil, -1
		}
		name = []byte(s)
	}
	i = skipSpace(data, end)
	if i >= len(data) || data[i] != ':' {
		return nil, -1
	}
	if start = skipSpace(data, i+1); start == len(data) {
		return nil, -1
	}
	return name, start
}

// Elements returns the elements of the array data as slices of it, and whether data is an array and nothing else.
func Elements(data []byte) ([][]byte, bool) {
	list, end := elementsAt(data, skipSpace(data, 0))
	if end < 0 {
		return nil, false
	}
	return list, skipSpace(data, end) == len(data)
}

// elementsAt returns the elements of the array at i and the index behind it, or -1.
func elementsAt(data []byte, i int) ([][]byte, int) {
	if i >= len(data) || data[i] != '[' {
		return nil, -1
	}
	list := [][]byte{}
	i = skipSpace(data, i+1)
	if i < len(data) && data[i] == ']' {
		return list, i + 1
	}
	for {
		end := skipValue(data, i)
		if end < 0 {
			return nil, -1
		}
		list = append(list, data[i:end])
		i = skipSpace(data, end)
		if i >= len(data) {
			return nil, -1
		}
		switch data[i] {
		case ']':
			return list, i + 1
		case ',':
			i = skipSpace(data, i+1)
		default:
			return nil, -1
		}
	}
}

// Text returns the string that a value is, and whether it is one.
func Text(value []byte) (string, bool) {
	last := len(value) - 1
	if last < 1 || value[0] != '"' {
		return "", false
	}
	if inner := value[1:last]; value[last] == '"' && ascii(inner) {
		return string(inner), true
	}
	var text string
	err := json.Unmarshal(value, &text)
	return text, err == nil
}

// ascii reports whether text stands for itself in a JSON string, in every encoding.
func ascii(text []byte) bool {
	for _, b := range text {
		if endsPlain[b] || b > '~' {
			return false
		}
	}
	return true
}

const space = " \n\r\t"

// TrimSpace returns data without the white space of JSON around it.
func TrimSpace(data []byte) []byte {
	return bytes.TrimRight(data[skipSpace(data, 0):], space)
}

func skipSpace(data []byte, i int) int {
	for i < len(data) && (data[i] == ' ' || data[i] == '\n' || data[i] == '\r' || data[i] == '\t') {
		i++
	}
	return i
}

// skipString returns the index behind the string that starts at i, or -1.
func skipString(data []byte, i int) int {
	for i++; i < len(data); {
		n := bytes.IndexByte(data[i:], '"')
		if n < 0 {
			return -1
		}
		i += n
		backslashes := 0
		for data[i-1-backslashes] == '\\' {
			backslashes++
		}
		i++
		if backslashes%2 == 0 {
			return i
		}
	}
	return -1
}

// End returns the index behind the value that starts at i in data, or -1. It looks for the end only: whether the value is one, its decoder
// finds out.
func End(data []byte, i int) int { return skipValue(data, i) }

// skipValue returns the index behind the value that starts at i, or -1.
func skipValue(data []byte, i int) int {
	if i >= len(data) {
		return -1
	}
	switch data[i] {
	case '"':
		return skipString(data, i)
	case '{', '[':
		return skipNested(data, i)
	}
	start := i
	for i < len(data) && !endsScalar[data[i]] {
		i++
	}
	if i == start {
		return -1
	}
	return i
}

// skipNested is skipValue for an object or array. Most of what it passes is of no interest, hence the tables.
func skipNested(data []byte, i int) int {
	for depth := 0; i < len(data); i++ {
		switch nests[data[i]] {
		case 0:
		case quotes:
			if i = skipString(data, i); i < 0 {
				return -1
			}
			i--
		case opens:
			if depth++; depth > maxDepth {
				return -1
			}
		case closes:
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}

const (
	quotes = iota + 1
	opens
	closes
)

var (
	nests      = [256]byte{'"': quotes, '{': opens, '[': opens, '}': closes, ']': closes}
	endsScalar = [256]bool{',': true, '}': true, ']': true, ' ': true, '\n': true, '\r': true, '\t': true}
)
