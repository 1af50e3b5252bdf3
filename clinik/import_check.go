package clinik

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"hash/maphash"
	"io"
	"strconv"
	"unicode/utf8"

	"github.com/caremux/caremux/internal/importlimit"
)

// importBody is what is known of the records of an import once they have been read: enough to announce and to send
// them.
type importBody struct {
	resourceType string
	keep         *chunks       // the lines, nil if they can be read again
	from         io.ReadSeeker // where they can be read again
	start        int64

	records    int
	characters int // of the lines, each with its end
	size       int // of the lines as a JSON string, without quotes
	sum        maphash.Hash
	shifts     lineShifts
}

// maxImportSize is MaxImportSize, unless a test has lowered it.
func maxImportSize() int { return cmp.Or(importlimit.Lowered, MaxImportSize) }

// longestImport is how many bytes the longest line can have: all characters of an import, in UTF-8.
const longestImport = MaxImportSize * utf8.UTFMax

// read reads all lines, and holds each against what an import takes.
func (b *importBody) read(ctx context.Context, r io.Reader) error {
	if seeker, ok := r.(io.ReadSeeker); ok {
		if at, err := seeker.Seek(0, io.SeekCurrent); err == nil { // else it is a pipe or a terminal
			b.from, b.start = seeker, at
		}
	}
	if b.from == nil {
		b.keep = &chunks{}
	}
	lines := newLineReader(r, longestImport)
	for lines.next() {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := b.add(lines.number, lines.text); err != nil {
			return err
		}
	}
	var invalid *NDJSONError
	var fault *lineFault
	switch err := lines.err; {
	case errors.As(err, &fault) && errors.As(err, &invalid):
		return importError("data line "+strconv.Itoa(invalid.Line), fault.text)
	case err != nil:
		return err
	}
	return b.complete()
}

// add takes a line, without its end.
func (b *importBody) add(number int, line []byte) error {
	bad := func(rule string) error { return importError("data line "+strconv.Itoa(number), rule) }
	switch {
	case !utf8.Valid(line): // the encoder would replace what is not
		return bad("must be UTF-8")
	case len(line) == 0 || line[0] != '{' || !json.Valid(line):
		return bad("must be a JSON object")
	}
	b.records++
	b.characters += utf8.RuneCount(line) + 1
	most := func(limit int, of string) error {
		rule := "must have at most " + strconv.Itoa(limit) + " " + of + ": line " + strconv.Itoa(number) + " is beyond"
		return importError("data", rule)
	}
	switch {
	case b.records > MaxImportRecords:
		return most(MaxImportRecords, "records")
	case b.characters-1 > maxImportSize(): // the last line needs no end
		return most(maxImportSize(), "characters")
	}
	b.size += escapedSize(line) + len(`\n`)
	b.note(&b.sum, line)
	if b.keep != nil {
		b.keep.add(line)
	}
	b.shifts = b.shifts.note(b.records, number)
	return nil
}

// note adds a line to a sum of lines.
func (b *importBody) note(sum *maphash.Hash, line []byte) {
	_, _ = sum.Write(line)
	_ = sum.WriteByte('\n')
}

// complete refuses an import of nothing.
func (b *importBody) complete() error {
	if b.records == 0 {
		return importError("data", "must contain a record")
	}
	return nil
}

// endless reports whether the end of the last line has no room within the limit.
func (b *importBody) endless() bool { return b.characters > maxImportSize() }

// chunks keeps lines in pieces of equal size, which costs no more memory than the lines have bytes.
type chunks struct{ list [][]byte }

const chunkSize = 1 << 20

func (c *chunks) add(line []byte) {
	for _, part := range [][]byte{line, {'\n'}} {
		for len(part) > 0 {
			n := len(c.list) - 1
			if n < 0 || len(c.list[n]) == cap(c.list[n]) {
				c.list = append(c.list, make([]byte, 0, chunkSize))
				n++
			}
			room := min(len(part), cap(c.list[n])-len(c.list[n]))
			c.list[n] = append(c.list[n], part[:room]...)
			part = part[room:]
		}
	}
}
