package main

import (
	"bufio"
	"fmt"
	"os"
	"sync"
	"time"
)

// state is what the journal knows of a record.
type state string

const (
	unknown state = ""
	begun   state = "begin" // it may be at the vendor
	written state = "done"
)

// journal is a file with a line for each step. It is written before and after each record, so that it is right wherever a run ends.
type journal struct {
	mu      sync.Mutex
	file    *os.File
	states  map[int]state
	times   map[int]time.Time // of the begin
	written int
}

func openJournal(path string) (*journal, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	j := &journal{file: file, states: map[int]state{}, times: map[int]time.Time{}}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var s state
		var n int
		var at int64
		if count, _ := fmt.Sscan(lines.Text(), &s, &n, &at); count == 3 { // the last line may have been cut off
			j.take(s, n, time.UnixMilli(at))
		}
	}
	if err := lines.Err(); err != nil {
		_ = file.Close()
		return nil, err
	}
	// A line that was cut off must not swallow the next one.
	_, err = file.WriteString("\n")
	return j, err
}

func (j *journal) take(s state, n int, at time.Time) {
	if s == written && j.states[n] != written {
		j.written++
	}
	if s == "drop" {
		s = unknown
	}
	j.states[n], j.times[n] = s, at
}

// note writes a line, and to the disk: a begun record that is not in the file would be written twice.
func (j *journal) note(s state, n int, id string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	now := time.Now()
	if _, err := fmt.Fprintln(j.file, s, n, now.UnixMilli(), id); err != nil {
		return err
	}
	j.take(s, n, now)
	return j.file.Sync()
}

func (j *journal) begin(n int) error           { return j.note(begun, n, "") }
func (j *journal) done(n int, id string) error { return j.note(written, n, id) }
func (j *journal) drop(n int) error            { return j.note("drop", n, "") }

func (j *journal) state(n int) state {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.states[n]
}

// since is when a record was begun.
func (j *journal) since(n int) time.Time {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.times[n]
}

// count is how many records are written.
func (j *journal) count() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.written
}

func (j *journal) close() { _ = j.file.Close() }
