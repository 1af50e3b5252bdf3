package fhir

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/scan"
)

// maxDepth is how deep objects and lists may be nested. FHIR itself needs less than 50.
const maxDepth = 500

// DecodeError says why [Unmarshal] refused a text. It matches [caremux.ErrUnreadable] and never contains the text.
type DecodeError struct {
	Offset int    // in bytes, where the text was refused
	Rule   string // what the text must be: "must have one field of each name"
}

// Error returns one line.
func (e *DecodeError) Error() string {
	return "fhir: byte " + strconv.Itoa(e.Offset) + ": " + e.Rule
}

// Is reports whether target is [caremux.ErrUnreadable].
func (e *DecodeError) Is(target error) bool { return target == caremux.ErrUnreadable }

// scanner reads the tokens of a JSON text. After the first fault every method returns at once, and err is set.
type scanner struct {
	data    []byte
	pos     int
	depth   int
	err     *DecodeError
	scratch []byte // for strings with escapes
}

// fail records the first fault. It returns false, so that a caller can return it.
func (s *scanner) fail(rule string) bool {
	if s.err == nil {
		s.err = &DecodeError{Offset: s.pos, Rule: rule}
	}
	return false
}

const badJSON = "must be JSON"

// next skips white space and returns the byte that follows it, 0 at the end.
func (s *scanner) next() byte {
	for s.pos < len(s.data) {
		c := s.data[s.pos]
		if c > ' ' {
			return c
		}
		if c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return c
		}
		s.pos++
	}
	return 0
}

// take skips white space and the given byte; it fails if another follows.
func (s *scanner) take(c byte) bool {
	if s.next() != c {
		return s.fail(badJSON)
	}
	s.pos++
	return true
}

// enter steps into an object or list.
func (s *scanner) enter() bool {
	s.pos++
	if s.depth++; s.depth > maxDepth {
		return s.fail("must not be nested deeper than " + strconv.Itoa(maxDepth))
	}
	return true
}

// leave steps out of the object or list that close ends, if it ends here.
func (s *scanner) leave(close byte) bool {
	if s.next() != close {
		return false
	}
	s.pos++
	s.depth--
	return true
}

// more reports whether another field or element follows the one just read; if none does, it leaves the object or list.
func (s *scanner) more(close byte) bool {
	switch c := s.next(); c {
	case ',':
		s.pos++
		if s.next() == close {
			return s.fail(badJSON)
		}
		return true
	case close:
		s.pos++
		s.depth--
	default:
		s.fail(badJSON)
	}
	return false
}

// name reads the name of a field and the colon. The bytes are valid until the next call. whole is as for text.
func (s *scanner) name() (name []byte, whole bool) {
	if s.next() != '"' {
		s.fail(badJSON)
		return nil, false
	}
	name, whole = s.text()
	if s.err == nil {
		s.take(':')
	}
	return name, whole
}

// text reads a string. The bytes are part of the text or of a buffer that the next call uses again. whole is false if
// the string contains what a Go string cannot contain unchanged: half of a surrogate pair, or bytes that are not
// UTF-8.
func (s *scanner) text() (text []byte, whole bool) {
	start := s.pos + 1
	i := start + scan.Ordinary(s.data[start:])
	if i < len(s.data) && s.data[i] == '"' {
		s.pos = i + 1
		return s.data[start:i], true
	}
	return s.longText(start, i)
}

// longText is text from the first byte on, at i, that is not ordinary.
func (s *scanner) longText(start, i int) (text []byte, whole bool) {
	whole = true
	buf := s.scratch[:0]
	from := start // what is not in buf yet
	for i < len(s.data) {
		switch c := s.data[i]; {
		case c == '"':
			s.pos = i + 1
			if from == start {
				return s.data[start:i], whole
			}
			buf = append(buf, s.data[from:i]...)
			s.scratch = buf
			return buf, whole
		case c == '\\':
			buf = append(buf, s.data[from:i]...)
			var ok bool
			if buf, i, ok = s.escape(buf, i); s.err != nil {
				return nil, false
			}
			whole = whole && ok
			from = i
		case c < ' ':
			s.pos = i
			s.fail(badJSON)
			return nil, false
		case c < utf8.RuneSelf:
			i += scan.Ordinary(s.data[i:])
		default:
			r, size := utf8.DecodeRune(s.data[i:])
			whole = whole && (r != utf8.RuneError || size > 1)
			i += size
		}
	}
	s.pos = i
	s.fail(badJSON)
	return nil, false
}

var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escape appends the character of the escape at i and returns where it ends; false for half of a surrogate pair.
func (s *scanner) escape(buf []byte, i int) ([]byte, int, bool) {
	s.pos = i
	if i+1 >= len(s.data) {
		s.fail(badJSON)
		return nil, i, false
	}
	if c := escapes[s.data[i+1]]; c != 0 {
		return append(buf, c), i + 2, true
	}
	r, ok := s.unit(i)
	if !ok {
		s.fail(badJSON)
		return nil, i, false
	}
	i += 6
	if !utf16.IsSurrogate(r) {
		return utf8.AppendRune(buf, r), i, true
	}
	if second, ok := s.unit(i); ok {
		if pair := utf16.DecodeRune(r, second); pair != utf8.RuneError {
			return utf8.AppendRune(buf, pair), i + 6, true
		}
	}
	return buf, i, false
}

// unit reads the UTF-16 unit of a \uXXXX at i.
func (s *scanner) unit(i int) (rune, bool) {
	if i+6 > len(s.data) || s.data[i] != '\\' || s.data[i+1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range s.data[i+2 : i+6] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// number reads a number and returns its text.
func (s *scanner) number() []byte {
	n := scan.Number(s.data[s.pos:])
	if n == 0 {
		s.fail(badJSON)
		return nil
	}
	s.pos += n
	return s.data[s.pos-n : s.pos]
}

// literal reads true, false or null.
func (s *scanner) literal(word string) bool {
	if len(s.data)-s.pos < len(word) || string(s.data[s.pos:s.pos+len(word)]) != word {
		return s.fail(badJSON)
	}
	s.pos += len(word)
	return true
}

// skip reads any value.
func (s *scanner) skip() { s.pass(false) }

// pass reads any value. If strict, it reports whether the strings in it are text and the fields of its objects have
// different names.
func (s *scanner) pass(strict bool) (distinct bool) {
	switch s.next() {
	case '"':
		_, distinct = s.text()
		return distinct
	case '{':
		return s.passObject(strict)
	case '[':
		return s.passList(strict)
	case 't':
		return s.literal("true")
	case 'f':
		return s.literal("false")
	case 'n':
		return s.literal("null")
	}
	s.number()
	return s.err == nil
}

func (s *scanner) passObject(strict bool) (distinct bool) {
	if !s.enter() || s.leave('}') {
		return s.err == nil
	}
	distinct = true
	var seen map[string]bool
	if strict {
		seen = map[string]bool{}
	}
	for {
		name, whole := s.name()
		if s.err != nil {
			return false
		}
		if strict {
			distinct = distinct && whole && !seen[string(name)]
			seen[string(name)] = true
		}
		distinct = s.pass(strict) && distinct
		if s.err != nil || !s.more('}') {
			return distinct
		}
	}
}

func (s *scanner) passList(strict bool) (distinct bool) {
	if !s.enter() || s.leave(']') {
		return s.err == nil
	}
	distinct = true
	for {
		distinct = s.pass(strict) && distinct
		if s.err != nil || !s.more(']') {
			return distinct
		}
	}
}

// end fails unless nothing but white space follows.
func (s *scanner) end() {
	if s.next() != 0 || s.pos < len(s.data) {
		s.fail(badJSON)
	}
}

// appendCompact appends a JSON text without white space between its tokens.
func appendCompact(buf, text []byte) []byte {
	inside := false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '"':
			inside = !inside
		case inside && c == '\\':
			buf = append(buf, c)
			i++
			c = text[i]
		case !inside && (c == ' ' || c == '\n' || c == '\r' || c == '\t'):
			continue
		}
		buf = append(buf, c)
	}
	return buf
}

// appendText appends a string as JSON. HTML is not escaped.
func appendText(buf []byte, text string) []byte {
	buf = append(buf, '"')
	for {
		n := scan.Unescaped(text)
		buf = append(buf, text[:n]...)
		if n == len(text) {
			return append(buf, '"')
		}
		switch c := text[n]; c {
		case '"', '\\':
			buf = append(buf, '\\', c)
		case '\n':
			buf = append(buf, '\\', 'n')
		case '\r':
			buf = append(buf, '\\', 'r')
		case '\t':
			buf = append(buf, '\\', 't')
		default:
			buf = append(buf, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		text = text[n+1:]
	}
}

const hexDigits = "0123456789abcdef"
