package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/welkin"
)

// line is one step of the job: patients as Welkin sent them, with where the job is behind them.
type line struct {
	Patients []json.RawMessage   `json:"patients,omitempty"`
	Next     string              `json:"next,omitempty"`   // the page at which the first copy is resumed
	Copied   bool                `json:"copied,omitempty"` // the first copy is complete
	Sync     *caremux.SyncCursor `json:"sync,omitempty"`   // where the next run begins
}

func raw(patients []welkin.Patient) (list []json.RawMessage) {
	for _, p := range patients {
		list = append(list, p.RawJSON())
	}
	return list
}

// journal is the file of the copy, to which the job adds lines.
type journal struct {
	*os.File
	last     line                       // where the job is
	patients map[string]json.RawMessage // by id, as they are now
}

// openJournal reads a journal, or begins one. A last line that was not written whole is cut off: its page is fetched
// again.
func openJournal(path string) (*journal, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) // for its owner only
	if err != nil {
		return nil, err
	}
	j := &journal{file, line{}, map[string]json.RawMessage{}}
	end := int64(0)
	for r := bufio.NewReader(file); ; {
		text, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		var l line
		if err == nil {
			err = json.Unmarshal(text, &l)
		}
		if err != nil {
			return nil, errors.Join(err, file.Close())
		}
		end += int64(len(text))
		j.took(l)
	}
	if err := errors.Join(file.Truncate(end), seekTo(file, end)); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return j, nil
}

func seekTo(file *os.File, at int64) error {
	_, err := file.Seek(at, io.SeekStart)
	return err
}

// add writes a line, whole and for good, before the job goes on.
func (j *journal) add(l line) error {
	text, err := json.Marshal(l)
	if err == nil {
		_, err = io.Copy(j, bytes.NewReader(append(text, '\n')))
	}
	if err == nil {
		err = j.Sync()
	}
	if err == nil {
		j.took(l)
	}
	return err
}

func (j *journal) took(l line) {
	for _, p := range l.Patients {
		var id struct{ ID string }
		_ = json.Unmarshal(p, &id) // it was a patient
		j.patients[id.ID] = p
	}
	j.last.Next, j.last.Copied = l.Next, j.last.Copied || l.Copied
	if l.Sync != nil {
		j.last.Sync = l.Sync
	}
}
