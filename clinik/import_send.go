package clinik

import (
	"errors"
	"hash/maphash"
	"io"
	"sync/atomic"

	"github.com/caremux/caremux/internal/wire"
)

// importContent is the JSON of an import, written while it is read, so that it never is in memory as a whole. Each
// attempt reads it from its beginning.
type importContent struct {
	body       *importBody
	head, tail []byte

	out    []byte             // JSON to be read next
	next   func() (err error) // makes more of it; io.EOF at the end
	buffer []byte

	changed atomic.Bool
}

// content returns the body as it is sent.
func (b *importBody) content() (*importContent, error) {
	name, err := wire.Marshal(b.resourceType)
	if err != nil {
		return nil, importError("resourceType", "cannot be encoded as JSON")
	}
	c := &importContent{body: b, buffer: make([]byte, 0, 2*escapeAtOnce)}
	c.head = append(append([]byte(`{"resourceType":`), name...), `,"data":"`...)
	c.tail = []byte(`"}`)
	if !b.endless() {
		c.tail = []byte(`\n"}`)
	}
	c.rewind()
	return c, nil
}

// size is that of the JSON in bytes.
func (c *importContent) size() int64 {
	return int64(len(c.head) + c.body.size - len(`\n`) + len(c.tail))
}

// Seek knows the beginning and the end, which is all that the transport requests.
func (c *importContent) Seek(offset int64, whence int) (int64, error) {
	switch {
	case offset == 0 && whence == io.SeekStart:
		c.rewind()
		return 0, nil
	case offset == 0 && whence == io.SeekEnd:
		c.out, c.next = nil, func() error { return io.EOF }
		return c.size(), nil
	case offset == 0 && whence == io.SeekCurrent:
		return 0, nil
	}
	return 0, errors.ErrUnsupported
}

// Read implements io.Reader.
func (c *importContent) Read(p []byte) (int, error) {
	for len(c.out) == 0 {
		if err := c.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, c.out)
	c.out = c.out[n:]
	return n, nil
}

func (c *importContent) rewind() {
	c.out = c.head
	if c.body.keep != nil {
		c.next = c.fromMemory()
	} else {
		c.next = c.again
	}
}

// fromMemory goes through the lines that were kept.
func (c *importContent) fromMemory() func() error {
	list, at := c.body.keep.list, 0
	left := -1 // for the end of the last line, which is in the tail
	for _, chunk := range list {
		left += len(chunk)
	}
	return func() error {
		if left == 0 {
			return c.end()
		}
		if at == len(list[0]) {
			list, at = list[1:], 0
		}
		piece := list[0][at:min(len(list[0]), at+escapeAtOnce, at+left)]
		at += len(piece)
		left -= len(piece)
		c.out = appendEscaped(c.buffer, piece)
		return nil
	}
}

// again reads the lines once more from where they came.
func (c *importContent) again() error {
	if _, err := c.body.from.Seek(c.body.start, io.SeekStart); err != nil {
		return err
	}
	lines := newLineReader(c.body.from, longestImport)
	var sum maphash.Hash
	sum.SetSeed(c.body.sum.Seed())
	var line []byte // what is left of the present one
	size := 0
	c.next = func() error {
		if len(line) == 0 {
			if !lines.next() {
				return c.unlessChanged(lines, sum.Sum64())
			}
			line = lines.text
			c.body.note(&sum, line)
			if size += escapedSize(line) + len(`\n`); size > c.body.size {
				return c.hasChanged()
			}
		}
		piece := line[:min(len(line), escapeAtOnce)]
		line = line[len(piece):]
		c.out = c.buffer
		if len(piece) == len(lines.text)-len(line) && lines.record > 1 { // the beginning of a line
			c.out = append(c.out, `\n`...)
		}
		c.out = appendEscaped(c.out, piece)
		return nil
	}
	return c.next()
}

// unlessChanged ends the JSON only if the lines were those that have been checked: else the request must not be
// complete.
func (c *importContent) unlessChanged(lines *lineReader, sum uint64) error {
	switch {
	case lines.err != nil:
		return lines.err
	case lines.record != c.body.records || sum != c.body.sum.Sum64():
		return c.hasChanged()
	}
	return c.end()
}

func (c *importContent) hasChanged() error {
	c.changed.Store(true)
	return ErrImportChanged
}

// end writes what is behind the lines.
func (c *importContent) end() error {
	c.out, c.next = c.tail, func() error { return io.EOF }
	return nil
}

// escapeAtOnce is how many bytes of NDJSON are made into JSON at a time.
const escapeAtOnce = 16 << 10

// escapedSize is how many bytes a line has as a part of a JSON string.
func escapedSize(line []byte) int {
	n := len(line)
	for _, c := range line {
		if c == '"' || c == '\\' || c < ' ' {
			n++
		}
	}
	return n
}

// appendEscaped appends a part of a JSON text as a part of a JSON string: the only control characters that it can have
// are blanks.
func appendEscaped(out, text []byte) []byte {
	for _, c := range text {
		switch c {
		case '"', '\\':
			out = append(out, '\\', c)
		case '\n':
			out = append(out, `\n`...)
		case '\r':
			out = append(out, `\r`...)
		case '\t':
			out = append(out, `\t`...)
		default:
			out = append(out, c)
		}
	}
	return out
}
