package wire

import (
	"bytes"
	"encoding/json"
	"strings"
)

// The functions here find values in a JSON text without decoding it, so that the items of a page can be handed on as slices
// of the body. They check no more of the text than they need to find the way; what they find is decoded, and so checked,
// afterwards.

// maxDepth bounds nesting: a deeper text is no answer of any vendor.
const maxDepth = 1000

// Lookup returns the value at a dotted path of object members ("data.pageable.pageNumber"), as a slice of data that keeps its
// capacity, so that Offset finds it again. A "0" in the path is the first element of an array, and the path "$" is the whole value.
func Lookup(data []byte, path string) ([]byte, bool) {
	value := bytes.TrimSpace(data)
	if path == "$" {
		return value, len(value) > 0
	}
	for name := range strings.SplitSeq(path, ".") {
		if elements, ok := Elements(value); ok && name == "0" && len(elements) > 0 {
			value = elements[0]
			continue
		}
		var found []byte
		ok := Members(value, func(key, v []byte) bool {
			if string(key) == name {
				found = v
				return false
			}
			return true
		})
		if !ok || found == nil {
			return nil, false
		}
		value = found
	}
	return value, true
}

// Offset is where value, a slice that Lookup found, begins in data.
func Offset(data, value []byte) int { return cap(data) - cap(value) }

// Members calls f with each member's name (unescaped) and value of the object data, until f returns false. It reports
// whether data is an object as far as it was read.
func Members(data []byte, f func(name, value []byte) bool) bool {
	i := skipSpace(data, 0)
	if i >= len(data) || data[i] != '{' {
		return false
	}
	i = skipSpace(data, i+1)
	if i < len(data) && data[i] == '}' {
		return true
	}
	for {
		if i >= len(data) || data[i] != '"' {
			return false
		}
		end := skipString(data, i)
		if end < 0 {
			return false
		}
		name := data[i+1 : end-1]
		if bytes.IndexByte(name, '\\') >= 0 {
			var s string
			if json.Unmarshal(data[i:end], &s) != nil {
				return false
			}
			name = []byte(s)
		}
		i = skipSpace(data, end)
		if i >= len(data) || data[i] != ':' {
			return false
		}
		start := skipSpace(data, i+1)
		end = skipValue(data, start)
		if end < 0 {
			return false
		}
		if !f(name, data[start:end]) {
			return true
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

// Elements returns the elements of the array data as slices of it, and whether data is an array and nothing else.
func Elements(data []byte) ([][]byte, bool) {
	i := skipSpace(data, 0)
	if i >= len(data) || data[i] != '[' {
		return nil, false
	}
	elements := [][]byte{}
	i = skipSpace(data, i+1)
	if i < len(data) && data[i] == ']' {
		return elements, skipSpace(data, i+1) == len(data)
	}
	for {
		end := skipValue(data, i)
		if end < 0 {
			return nil, false
		}
		elements = append(elements, data[i:end])
		i = skipSpace(data, end)
		if i >= len(data) {
			return nil, false
		}
		switch data[i] {
		case ']':
			return elements, skipSpace(data, i+1) == len(data)
		case ',':
			i = skipSpace(data, i+1)
		default:
			return nil, false
		}
	}
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
