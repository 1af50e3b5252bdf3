package fields

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// text reports a JSON string, or whatever holds strings, that the decoder would change: it puts U+FFFD in place of what is not UTF-8
// and of half a surrogate pair.
func (w *walker) text(data []byte, p *place) {
	if problem := textProblem(data); problem != "" {
		w.lossy(p, problem)
	}
}

func textProblem(data []byte) string {
	switch {
	case !utf8.Valid(data):
		return "is not valid UTF-8"
	case loneSurrogate(data):
		return "has half of a surrogate pair"
	}
	return ""
}

// loneSurrogate reports whether JSON text has an escape \uD800 to \uDFFF without its other half.
func loneSurrogate(data []byte) bool {
	for {
		at := bytes.IndexByte(data, '\\')
		if at < 0 || at+1 >= len(data) {
			return false
		}
		data = data[at:]
		r, ok := escaped(data)
		switch {
		case !ok:
			data = data[2:] // another escape
		case !utf16.IsSurrogate(r):
			data = data[6:]
		default:
			low, ok := escaped(data[6:])
			if !ok || utf16.DecodeRune(r, low) == utf8.RuneError {
				return true
			}
			data = data[12:]
		}
	}
}

// escaped reads \uXXXX.
func escaped(data []byte) (rune, bool) {
	if len(data) < 6 || data[0] != '\\' || data[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(data[2:6]), 16, 16)
	return rune(n), err == nil
}
