package clinik

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"iter"
	"reflect"
	"strconv"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/transport"
)

// maxLine bounds one record of an export, in bytes.
const maxLine = 16 << 20

// ReadNDJSON returns an iterator over the records of r, one JSON value per line, as values of T. It streams r. It
// accepts a byte order mark at the beginning, blank lines and gzip compression. A line that cannot be decoded, or
// whose record is not a T, yields an [*NDJSONError] with the line, and ends the loop.
//
// A type of FHIR resources, such as those of package fhir, accepts only resources of its own type, a flat record of
// this package accepts no FHIR resource, and no type accepts an envelope or the body of an error. [FHIRResource]
// accepts resources of all types.
func ReadNDJSON[T any](r io.Reader) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		lines := newLineReader(r, maxLine)
		for lines.next() {
			item, err := decodeLine[T](lines)
			if !yield(item, err) || err != nil {
				return
			}
		}
		if lines.err != nil {
			yield(*new(T), lines.err)
		}
	}
}

func decodeLine[T any](lines *lineReader) (item T, err error) {
	text := bytes.Clone(lines.text) // the record keeps it
	if bytes.HasPrefix(text, []byte(byteOrderMark)) {
		return item, lines.fault(&lineFault{text: "begins with a byte order mark"})
	}
	if err := checkLine(reflect.TypeFor[T](), text); err != nil {
		return item, lines.fault(err)
	}
	if err := transport.Decode(text, &item); err != nil {
		return *new(T), lines.fault(err)
	}
	return item, nil
}

// NDJSONError is a line that could not be read, or does not contain the expected record. Errors about what a line
// contains match [caremux.ErrUnreadable]; those about reading match what the reader has returned. The message contains
// no data of the line.
type NDJSONError struct {
	Line   int    // from 1
	Record int    // from 1, without blank lines
	Type   string // the FHIR type of the record, if it is not the expected type
	cause  error
	reader bool // the cause came from the reader
}

// Error names the line and the record, not their content.
func (e *NDJSONError) Error() string {
	text := "line " + strconv.Itoa(e.Line) + " (record " + strconv.Itoa(e.Record) + ") "
	var fault *lineFault
	switch {
	case errors.As(e.cause, &fault):
		return text + fault.text
	case e.reader:
		return text + "could not be read: " + e.cause.Error()
	}
	return text + "is not the documented JSON"
}

// Is reports whether target is [caremux.ErrUnreadable] and the error is about what the line contains.
func (e *NDJSONError) Is(target error) bool { return target == caremux.ErrUnreadable && !e.reader }

// Unwrap returns the decoder's or the reader's error.
func (e *NDJSONError) Unwrap() error { return e.cause }

// lineFault is what is wrong with a line, in words that are safe to log.
type lineFault struct {
	text  string
	found string // the FHIR type of the record, if it is of another than was to be read
	cause error
}

func (f *lineFault) Error() string { return f.text }
func (f *lineFault) Unwrap() error { return f.cause }

// lineReader reads the lines of NDJSON that are not blank.
type lineReader struct {
	scanner *bufio.Scanner
	from    tracked // what the caller returned
	plain   tracked // the same without compression
	number  int
	record  int
	text    []byte // valid until the next line
	err     error
}

func newLineReader(r io.Reader, longest int) *lineReader {
	l := &lineReader{from: tracked{Reader: r}}
	plain, _, err := uncompressed(&l.from)
	if err != nil {
		l.err = l.broken(err)
		return l
	}
	if head, _ := plain.Peek(len(byteOrderMark)); string(head) == byteOrderMark {
		_, _ = plain.Discard(len(head))
	}
	l.plain.Reader = plain
	l.scanner = bufio.NewScanner(&l.plain)
	l.scanner.Buffer(nil, longest+2) // and the end of the line
	l.scanner.Split(l.plain.split)
	return l
}

// next steps to the next line that is not blank. It returns false at the end, or with an error.
func (l *lineReader) next() bool {
	if l.err != nil {
		return false
	}
	for l.scanner.Scan() {
		l.number++
		if l.text = bytes.TrimSpace(l.scanner.Bytes()); len(l.text) > 0 {
			l.record++
			return true
		}
	}
	if err := l.scanner.Err(); err != nil {
		l.err = l.broken(err)
	}
	return false
}

// broken is the error of reading the line behind the present one.
func (l *lineReader) broken(err error) error {
	e := &NDJSONError{Line: l.number + 1, Record: l.record + 1, cause: err, reader: l.from.err != nil}
	switch {
	case e.reader:
		e.cause = l.from.err
	case errors.Is(err, bufio.ErrTooLong):
		e.cause = &lineFault{text: "is too long", cause: err}
	default:
		e.cause = &lineFault{text: "cannot be decompressed", cause: err}
	}
	return e
}

// fault is an error about what the present line contains.
func (l *lineReader) fault(cause error) error {
	e := &NDJSONError{Line: l.number, Record: l.record, cause: cause}
	var fault *lineFault
	if errors.As(cause, &fault) {
		e.Type = fault.found
	}
	return e
}

// tracked is a reader that keeps its error, if it is not the end.
type tracked struct {
	io.Reader
	err error
}

func (s *tracked) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// split is bufio.ScanLines, but for a line that an error has cut off: that is not a line.
func (s *tracked) split(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if atEOF && s.err != nil && bytes.IndexByte(data, '\n') < 0 {
		return len(data), nil, nil
	}
	return bufio.ScanLines(data, atEOF)
}

const byteOrderMark = "\ufeff"

// uncompressed is r without compression by gzip, at most twice.
func uncompressed(r io.Reader) (plain *bufio.Reader, compressed bool, err error) {
	plain = bufio.NewReader(r)
	for range 2 {
		if head, _ := plain.Peek(2); string(head) != "\x1f\x8b" { // JSON never begins so
			break
		}
		z, err := gzip.NewReader(plain)
		if err != nil {
			return nil, true, err
		}
		plain, compressed = bufio.NewReader(z), true
	}
	return plain, compressed, nil
}
