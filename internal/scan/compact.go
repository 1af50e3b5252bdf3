package scan

import "encoding/binary"

// Compact returns data, one JSON value, without the white space between its tokens, and reports whether data is such a value:
// it accepts what encoding/json accepts, and reads every byte once. The result is a part of data if there is no such white
// space.
func Compact(data []byte) ([]byte, bool) {
	c := compacter{data: TrimSpace(data)}
	for i, behind := 0, false; i >= 0; i = c.space(i) {
		switch {
		case !behind:
			i, behind = c.begin(i)
		case c.depth > 0:
			i, behind = c.next(i)
		default:
			return c.all(), i == len(c.data)
		}
	}
	return nil, false
}

// compacter reads a value and copies it as soon as there is white space to leave out. Its methods take and return an index
// of data, and return -1 for what is not JSON.
type compacter struct {
	data  []byte
	kept  []byte // what was copied
	from  int    // where in data begins what was not copied yet
	depth int    // how many braces and brackets are open
	lists [maxDepth/64 + 1]uint64
}

// enter notes that a brace or a bracket is open.
func (c *compacter) enter(list bool) bool {
	word, bit := &c.lists[c.depth/64], uint64(1)<<(c.depth%64)
	if *word &^= bit; list {
		*word |= bit
	}
	c.depth++
	return c.depth <= maxDepth
}

// inList reports whether the last that is open is a bracket.
func (c *compacter) inList() bool {
	last := c.depth - 1
	return c.lists[last/64]>>(last%64)&1 == 1
}

func (c *compacter) all() []byte {
	if c.from == 0 {
		return c.data
	}
	return append(c.kept, c.data[c.from:]...)
}

// space returns the index behind white space, which it leaves out.
func (c *compacter) space(i int) int {
	if i < 0 || i == len(c.data) || c.data[i] > ' ' {
		return i
	}
	end := skipSpace(c.data, i)
	if end == i {
		return i
	}
	if c.kept == nil {
		c.kept = make([]byte, 0, len(c.data))
	}
	c.kept = append(c.kept, c.data[c.from:i]...)
	c.from = end
	return end
}

// begin returns the index behind a scalar or an empty object or array, or where the first value in another one begins.
func (c *compacter) begin(i int) (_ int, behind bool) {
	if i >= len(c.data) {
		return -1, false
	}
	switch c.data[i] {
	case '{', '[':
		return c.open(i)
	case '"':
		return c.text(i), true
	case 't':
		return c.word(i, "true"), true
	case 'f':
		return c.word(i, "false"), true
	case 'n':
		return c.word(i, "null"), true
	}
	return c.number(i), true
}

// open is begin for an object or an array.
func (c *compacter) open(i int) (_ int, behind bool) {
	list := c.data[i] == '['
	if !c.enter(list) {
		return -1, false
	}
	i = c.space(i + 1)
	switch {
	case i < len(c.data) && c.data[i] == c.closer():
		c.depth--
		return i + 1, true
	case list:
		return i, false
	}
	return c.name(i), false
}

// closer closes the last that is open.
func (c *compacter) closer() byte {
	if c.inList() {
		return ']'
	}
	return '}'
}

// next returns where the next value in an object or array begins, or the index behind the end of it.
func (c *compacter) next(i int) (_ int, behind bool) {
	switch {
	case i == len(c.data):
	case c.data[i] == c.closer():
		c.depth--
		return i + 1, true
	case c.data[i] != ',':
	case c.inList():
		return i + 1, false
	default:
		return c.name(c.space(i + 1)), false
	}
	return -1, false
}

// name returns the index behind a field's name and its colon.
func (c *compacter) name(i int) int {
	if i >= len(c.data) || c.data[i] != '"' {
		return -1
	}
	if i = c.space(c.text(i)); i < 0 || i == len(c.data) || c.data[i] != ':' {
		return -1
	}
	return i + 1
}

func (c *compacter) word(i int, word string) int {
	if end := i + len(word); end <= len(c.data) && string(c.data[i:end]) == word {
		return end
	}
	return -1
}

// text returns the index behind a string. Invalid UTF-8 in it is no fault.
func (c *compacter) text(i int) int {
	for i = plain(c.data, i+1); i < len(c.data); i = plain(c.data, i+1) {
		switch c.data[i] {
		case '"':
			return i + 1
		case '\\':
			if i = c.escape(i + 1); i < 0 {
				return -1
			}
		default:
			return -1
		}
	}
	return -1
}

// plain returns the index of the first byte from i on that does not stand for itself in a string. It takes eight at a time:
// of a word w minus n in each byte, the high bits that w itself does not have are set where a byte is less than n, or behind
// such a byte.
func plain(data []byte, i int) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for ; i+8 <= len(data); i += 8 {
		w := binary.LittleEndian.Uint64(data[i:])
		quotes, slashes := w^ones*'"', w^ones*'\\'
		if ((w-ones*' ')&^w|(quotes-ones)&^quotes|(slashes-ones)&^slashes)&highs != 0 {
			break
		}
	}
	for i < len(data) && !endsPlain[data[i]] {
		i++
	}
	return i
}

// escape returns the index of the last byte of an escape, of which i is the one after the backslash.
func (c *compacter) escape(i int) int {
	if i >= len(c.data) {
		return -1
	}
	switch c.data[i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i
	case 'u':
		if i+4 >= len(c.data) {
			return -1
		}
		for _, b := range c.data[i+1 : i+5] {
			if (b < '0' || b > '9') && (b|0x20 < 'a' || b|0x20 > 'f') {
				return -1
			}
		}
		return i + 4
	}
	return -1
}

// number returns the index behind a number.
func (c *compacter) number(i int) int {
	if c.data[i] == '-' {
		i++
	}
	start := i
	i = c.digits(i)
	if i == start || c.data[start] == '0' && i > start+1 {
		return -1
	}
	if i < len(c.data) && c.data[i] == '.' {
		start = i + 1
		if i = c.digits(start); i == start {
			return -1
		}
	}
	if i < len(c.data) && c.data[i]|0x20 == 'e' {
		start = i + 1
		if start < len(c.data) && (c.data[start] == '+' || c.data[start] == '-') {
			start++
		}
		if i = c.digits(start); i == start {
			return -1
		}
	}
	return i
}

func (c *compacter) digits(i int) int {
	for i < len(c.data) && c.data[i] >= '0' && c.data[i] <= '9' {
		i++
	}
	return i
}

// endsPlain has the bytes of a string that do not stand for themselves.
var endsPlain = func() (table [256]bool) {
	for b := range byte(' ') {
		table[b] = true
	}
	table['"'], table['\\'] = true, true
	return table
}()
