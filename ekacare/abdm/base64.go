package abdm

import (
	"encoding/base64"
	"strconv"
	"strings"
)

// decodeBase64 reads base64 as it arrives: with characters left in JSON's escapes (\u002B, \u002F, \u003D, \/), also
// escaped twice, with line breaks or blanks, without padding, or with the alphabet for URLs.
func decodeBase64(text string) ([]byte, bool) {
	if b, err := base64.StdEncoding.DecodeString(text); err == nil {
		return b, true
	}
	b, err := base64.RawStdEncoding.DecodeString(plainBase64(text))
	return b, err == nil
}

// plainBase64 returns text in the standard alphabet, without padding, escapes and blanks.
func plainBase64(text string) string {
	var plain strings.Builder
	plain.Grow(len(text))
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == '\\' {
			c, i = unescape(text, i)
		}
		switch c {
		case ' ', '\t', '\r', '\n':
		case '-':
			plain.WriteByte('+')
		case '_':
			plain.WriteByte('/')
		default:
			plain.WriteByte(c)
		}
	}
	return strings.TrimRight(plain.String(), "=")
}

// unescape returns the character of the escape that begins at i, and the index of its last byte. A backslash that is
// not an escape stays, and no alphabet has it.
func unescape(text string, i int) (byte, int) {
	end := i
	for end < len(text) && text[end] == '\\' {
		end++
	}
	if end == len(text) {
		return '\\', i
	}
	switch text[end] {
	case '/':
		return '/', end
	case 'n', 'r', 't':
		return ' ', end
	case 'u':
		if end+5 <= len(text) {
			if c, err := strconv.ParseUint(text[end+1:end+5], 16, 8); err == nil && c < 0x80 && c != '\\' {
				return byte(c), end + 4
			}
		}
	}
	return '\\', i
}

func encodeBase64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }
