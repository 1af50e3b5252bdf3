package clinik

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"strconv"
	"unicode/utf8"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/transport"
)

// maxLine bounds one record of an export.
const maxLine = 16 << 20

// ReadNDJSON ranges over the records of r, one JSON value a line, as values of T. It reads as it goes. Blank lines are passed
// over. A line that cannot be decoded is an error that names its number, and ends the loop.
func ReadNDJSON[T any](r io.Reader) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for line, err := range lines(r) {
			var item T
			if err == nil {
				item, err = decodeLine[T](line)
			}
			if !yield(item, err) || err != nil {
				return
			}
		}
	}
}

func decodeLine[T any](line ndjsonLine) (item T, err error) {
	if err := transport.Decode(line.text, &item); err != nil {
		return *new(T), &NDJSONError{Line: line.number, cause: err}
	}
	return item, nil
}

// NDJSONError is a line that is not the JSON it should be. It matches [caremux.ErrUnreadable].
type NDJSONError struct {
	Line  int // from 1
	cause error
}

// Error names the line, not its content.
func (e *NDJSONError) Error() string {
	return "line " + strconv.Itoa(e.Line) + " is not the documented JSON"
}

// Is reports whether target is [caremux.ErrUnreadable].
func (e *NDJSONError) Is(target error) bool { return target == caremux.ErrUnreadable }

// Unwrap returns the decoder's error.
func (e *NDJSONError) Unwrap() error { return e.cause }

type ndjsonLine struct {
	number int
	text   []byte // its own memory
}

var errLongLine = errors.New("a line is longer than 16 MiB")

// lines ranges over the lines that are not blank.
func lines(r io.Reader) iter.Seq2[ndjsonLine, error] {
	return func(yield func(ndjsonLine, error) bool) {
		b := bufio.NewReaderSize(r, 64<<10)
		for number := 1; ; number++ {
			var text []byte
			for {
				part, err := b.ReadSlice('\n')
				text = append(text, part...)
				if err == nil || err == io.EOF && len(text) > 0 {
					break
				}
				if err == bufio.ErrBufferFull && len(text) <= maxLine {
					continue
				}
				switch {
				case err == io.EOF:
				case err == bufio.ErrBufferFull:
					yield(ndjsonLine{}, &NDJSONError{Line: number, cause: errLongLine})
				default:
					yield(ndjsonLine{}, err)
				}
				return
			}
			if text = bytes.TrimSpace(text); len(text) == 0 {
				continue
			}
			if !yield(ndjsonLine{number, text}, nil) {
				return
			}
		}
	}
}

// Limits of a bulk import.
const (
	MaxImportRecords = 10_000
	MaxImportSize    = 104_857_600
)

// checkedNDJSON reads r whole and holds each line against what an import takes.
func checkedNDJSON(r io.Reader) (string, error) {
	bad := func(field, rule string) (string, error) {
		return "", &caremux.ArgumentError{Operation: "Bulk.Import", Field: field, Rule: rule}
	}
	var data bytes.Buffer
	records := 0
	for line, err := range lines(r) {
		var invalid *NDJSONError
		switch {
		case errors.As(err, &invalid):
			return bad("data line "+strconv.Itoa(invalid.Line), "is too long")
		case err != nil:
			return "", err
		case !utf8.Valid(line.text): // the encoder would replace what is not
			return bad("data line "+strconv.Itoa(line.number), "must be UTF-8")
		case line.text[0] != '{' || !json.Valid(line.text):
			return bad("data line "+strconv.Itoa(line.number), "must be a JSON object")
		}
		if records++; records > MaxImportRecords {
			return bad("data", "must have at most "+strconv.Itoa(MaxImportRecords)+" records")
		}
		data.Write(line.text)
		data.WriteByte('\n')
		if data.Len() > MaxImportSize {
			return bad("data", "must have at most "+strconv.Itoa(MaxImportSize)+" bytes")
		}
	}
	if records == 0 {
		return bad("data", "must hold a record")
	}
	return data.String(), nil
}
