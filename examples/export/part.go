package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// part is the unfinished file. It holds whole patients only, whenever the program ends.
type part struct {
	path string // of the finished file
	file *os.File
	done map[string]int // how many records each patient has in the file

	unfit int // records of this run with fields that vitals has no place for
}

// openPart opens the part of an earlier run, or begins one with a header.
func openPart(path string, header []string, fresh bool) (*part, error) {
	flags := os.O_RDWR | os.O_CREATE
	if fresh {
		flags |= os.O_TRUNC
	}
	file, err := os.OpenFile(path+".part", flags, 0o600)
	if err != nil {
		return nil, err
	}
	p := &part{path: path, file: file, done: map[string]int{}}
	end, err := p.read(header)
	if err == nil {
		err = file.Chmod(0o600) // one that is there may be open to others
	}
	if err == nil {
		err = file.Truncate(end)
	}
	if err == nil {
		_, err = file.Seek(end, io.SeekStart)
	}
	if err == nil && end == 0 {
		err = p.write([][]string{header})
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return p, nil
}

// read finds out which patients are in the file, and where to go on: before the last of them, since a crash may have cut him off.
func (p *part) read(header []string) (end int64, err error) {
	r := csv.NewReader(p.file)
	first, err := r.Read()
	switch {
	case errors.Is(err, io.EOF):
		return 0, nil
	case err != nil || !slices.Equal(first, header):
		return 0, fmt.Errorf("%s is of another export: give -fresh to replace it", p.file.Name())
	}
	last := ""
	for {
		offset := r.InputOffset()
		row, err := r.Read()
		if err != nil { // the end, or a row that was cut off
			delete(p.done, last)
			if last == "" {
				end = offset
			}
			return end, nil
		}
		if row[0] != last {
			last, end = row[0], offset
			p.done[last] = 0
		}
		if row[recordColumn] != "" {
			p.done[last]++
		}
	}
}

// add writes the rows of a patient, if there are any.
func (p *part) add(patientID string, rows [][]string) error {
	if len(rows) == 0 {
		return nil
	}
	if err := p.write(rows); err != nil {
		return err
	}
	p.done[patientID] = 0
	if rows[0][recordColumn] != "" {
		p.done[patientID] = len(rows)
	}
	return nil
}

func (p *part) write(rows [][]string) error {
	return csv.NewWriter(p.file).WriteAll(rows) // which flushes
}

// finish gives the file its name once all of it is on the disk.
func (p *part) finish() error {
	if err := p.file.Sync(); err != nil {
		return err
	}
	if err := p.file.Close(); err != nil {
		return err
	}
	return os.Rename(p.file.Name(), p.path)
}
