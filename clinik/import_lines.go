package clinik

import (
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Blank lines are not sent, so that the vendor counts records, whichever way it counts lines. Its errors are told by
// the lines of the caller's file.

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
	byRecord := func(shift lineShift, record int) int { return shift.record - record }
	i, found := slices.BinarySearchFunc(s, record, byRecord)
	if !found {
		i--
	}
	if i < 0 {
		return record
	}
	return record + s[i].by
}

// imports are the jobs that a client has started of late.
type imports struct {
	mu    sync.Mutex
	order []string
	byJob map[string]lineShifts
}

// maxImports is how many jobs a client remembers: those of many hours, as the vendor allows five an hour.
const maxImports = 64

func (s *BulkService) imports() *imports { return &s.state.imports }

func (i *imports) remember(jobID string, shifts lineShifts) {
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

// known returns the shifts of a job that this client has started.
func (i *imports) known(jobID string) (lineShifts, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	shifts, ok := i.byJob[jobID]
	return shifts, ok
}

// renumber makes a job's errors name lines.
func (s lineShifts) renumber(job *BulkJob) {
	if len(s) == 0 || len(job.Errors) == 0 {
		return
	}
	errors := make([]string, len(job.Errors))
	for n, text := range job.Errors {
		errors[n] = text
		if start, end := lineNumber(text); start < end {
			if record, err := strconv.Atoi(text[start:end]); err == nil && record >= 1 && record <= MaxImportRecords {
				errors[n] = text[:start] + strconv.Itoa(s.line(record)) + text[end:]
			}
		}
	}
	job.Errors = errors
}

// lineNumber finds the number in an error such as "line 2: …" or "Error on row 2". Only the beginning is looked at:
// further on the text may quote a record.
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

// linesOf finds out where the records of a file are that another client has imported.
func linesOf(file io.Reader) (shifts lineShifts, err error) {
	lines := newLineReader(file, longestImport)
	for lines.next() {
		shifts = shifts.note(lines.record, lines.number)
	}
	return shifts, lines.err
}
