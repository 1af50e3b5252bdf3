package clinik

import (
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/caremux/caremux"
)

// Blank lines are not sent, so that the vendor counts records, whichever way it counts lines. Its errors are told by the lines of the
// caller's file.

// lineShifts say where the line of a record is not the record's number.
type lineShifts []lineShift

type lineShift struct{ record, by int } // from this record on

func (s lineShifts) note(record, line int) lineShifts {
	before := 0
	if len(s) > 0 {
		before = s[len(s)-1].by
	}
	if by := line - record; by != before {
		return append(s, lineShift{record, by})
	}
	return s
}

// line is that of a record.
func (s lineShifts) line(record int) int {
	i, found := slices.BinarySearchFunc(s, record, func(shift lineShift, record int) int { return shift.record - record })
	if !found {
		i--
	}
	if i < 0 {
		return record
	}
	return record + s[i].by
}

// imports are the jobs that a client has started of late, whose lines are not the records' numbers.
type imports struct {
	mu    sync.Mutex
	order []string
	byJob map[string]lineShifts
}

// maxImports is how many jobs a client remembers: those of many hours, as the vendor allows five an hour.
const maxImports = 64

func (s *BulkService) imports() *imports { return s.core.Own().(*imports) }

func (i *imports) remember(jobID string, shifts lineShifts) {
	if len(shifts) == 0 {
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.byJob == nil {
		i.byJob = map[string]lineShifts{}
	}
	if i.order = append(i.order, jobID); len(i.order) > maxImports {
		delete(i.byJob, i.order[0])
		i.order = i.order[1:]
	}
	i.byJob[jobID] = shifts
}

// renumber makes a job's errors name the lines of the file that this client has imported.
func (i *imports) renumber(job *BulkJob, jobID string) {
	i.mu.Lock()
	shifts := i.byJob[jobID]
	i.mu.Unlock()
	if shifts == nil || len(job.Errors) == 0 {
		return
	}
	errors := make([]string, len(job.Errors))
	for n, text := range job.Errors {
		errors[n] = text
		if start, end := lineNumber(text); start < end {
			if record, err := strconv.Atoi(text[start:end]); err == nil && record >= 1 && record <= MaxImportRecords {
				errors[n] = text[:start] + strconv.Itoa(shifts.line(record)) + text[end:]
			}
		}
	}
	job.Errors = errors
}

// lineNumber finds the number in an error such as "line 2: …" or "Error on row 2". Only the beginning is looked at: further on the
// text may quote a record.
func lineNumber(text string) (start, end int) {
	rest := text
	skip := func(words ...string) bool {
		for _, word := range words {
			if len(rest) >= len(word) && strings.EqualFold(rest[:len(word)], word) {
				rest = rest[len(word):]
				return true
			}
		}
		return false
	}
	skip("error ")
	skip("at ", "in ", "on ")
	if !skip("line ", "row ", "record ") {
		return 0, 0
	}
	skip("#", "no. ", "number ")
	start = len(text) - len(rest)
	end = start
	for end < len(text) && text[end] >= '0' && text[end] <= '9' {
		end++
	}
	return start, end
}

// RecordLine returns the line of file, NDJSON as it was given to [BulkService.ImportFrom], on which a record is, both counted from 1. The
// vendor's errors count records; [BulkService.Wait] says lines where the same client has started the import, and RecordLine finds them in
// another process.
func RecordLine(file io.Reader, record int) (int, error) {
	lines := newLineReader(file, longestImport)
	for lines.next() {
		if lines.record == record {
			return lines.number, nil
		}
	}
	if lines.err != nil {
		return 0, lines.err
	}
	return 0, &caremux.ArgumentError{Operation: "RecordLine", Field: "record", Rule: "must be one of the " + strconv.Itoa(lines.record) + " records of the file"}
}
