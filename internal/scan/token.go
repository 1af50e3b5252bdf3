package scan

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// ordinary are the bytes of a string that stand for themselves: ASCII without quotes, backslashes and control
// characters.
var ordinary = func() (t [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// Eight bytes at once: the lowest and the highest bit of each, and the characters that are not ordinary.
const (
	ones        = 0x0101010101010101
	highs       = 0x8080808080808080
	spaces      = ' ' * ones
	quotemarks  = '"' * ones
	backslashes = '\\' * ones
)

// special has the highest bit of the first byte set that is a quote, a backslash or a control character, and maybe
// those of bytes behind it.
func special(eight uint64) uint64 {
	return ((eight - spaces) | ((eight ^ quotemarks) - ones) | ((eight ^ backslashes) - ones)) &^ eight & highs
}

// Ordinary returns how many bytes that stand for themselves in a JSON string text begins with: ASCII without quotes, backslashes and
// control characters.
func Ordinary(text []byte) int {
	i := 0
	for ; i+8 <= len(text); i += 8 {
		eight := binary.LittleEndian.Uint64(text[i:])
		if found := special(eight) | eight&highs; found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for i < len(text) && ordinary[text[i]] {
		i++
	}
	return i
}

// Unescaped returns how many bytes that a JSON string contains as they are text begins with.
func Unescaped(text string) int {
	i := 0
	for ; i+8 <= len(text); i += 8 {
		t := text[i : i+8]
		eight := uint64(t[0]) | uint64(t[1])<<8 | uint64(t[2])<<16 | uint64(t[3])<<24 | // one load on most processors
			uint64(t[4])<<32 | uint64(t[5])<<40 | uint64(t[6])<<48 | uint64(t[7])<<56
		if found := special(eight); found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for i < len(text) && (ordinary[text[i]] || text[i] >= utf8.RuneSelf) {
		i++
	}
	return i
}

// Number returns the length of the JSON number that text begins with, 0 if it begins with none.
func Number[T string | []byte](text T) int {
	i := 0
	digits := func() bool {
		from := i
		for i < len(text) && text[i] >= '0' && text[i] <= '9' {
			i++
		}
		return i > from
	}
	at := func(a, b byte) bool { return i < len(text) && (text[i] == a || text[i] == b) }
	if at('-', '-') {
		i++
	}
	if at('0', '0') {
		i++
	} else if !digits() {
		return 0
	}
	if at('.', '.') {
		if i++; !digits() {
			return 0
		}
	}
	if at('e', 'E') {
		i++
		if at('+', '-') {
			i++
		}
		if !digits() {
			return 0
		}
	}
	return i
}
