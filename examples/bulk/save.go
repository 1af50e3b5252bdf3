package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/clinik/cliniktest"
)

// save writes the result of a job to a file, as it arrives and as it is, and counts the records by type.
func save(ctx context.Context, c *clinik.Client, job *clinik.BulkJob, path string, progress io.Writer) (counts map[string]int, err error) {
	download, err := c.Bulk.Download(ctx, job)
	if err != nil {
		return nil, err
	}
	defer download.Close()
	file, err := os.OpenFile(path+".part", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = file.Close()
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	if err := file.Chmod(0o600); err != nil { // an older one may be open to others
		return nil, err
	}
	counts = map[string]int{}
	n, last := 0, time.Now()
	for record, err := range clinik.ReadNDJSON[resource](io.TeeReader(download, file)) {
		if err != nil {
			return nil, err
		}
		counts[cmp.Or(record.ResourceType, "without a type")]++
		if n++; time.Since(last) >= 200*time.Millisecond {
			fmt.Fprintf(progress, "%d records \r", n)
			last = time.Now()
		}
	}
	fmt.Fprintf(progress, "%d records \n", n)
	if job.TotalRecords != nil && n != *job.TotalRecords {
		return nil, fmt.Errorf("%d records came of %d", n, *job.TotalRecords)
	}
	if err := file.Sync(); err != nil {
		return nil, err
	}
	if err := file.Close(); err != nil {
		return nil, err
	}
	return counts, os.Rename(file.Name(), path)
}

// resource is as much of a FHIR resource as is needed to count it; package fhir has types with all members.
type resource struct {
	ResourceType string `json:"resourceType"`
}

func report(out io.Writer, counts map[string]int, path string) error {
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(out, "%8d  %s\n", counts[name], name)
	}
	_, err := fmt.Fprintln(out, "written to", path)
	return err
}

// fill makes up records: 250 patients, every fifth of them with an appointment.
func fill(ctx context.Context, fake *cliniktest.Server, c *clinik.Client) error {
	for i, id := range fake.AddPatients(250) {
		if i%5 > 0 {
			continue
		}
		_, err := c.Appointments.Create(ctx, &clinik.AppointmentCreate{Status: clinik.AppointmentStatusBooked, PatientID: id})
		if err != nil {
			return err
		}
	}
	return nil
}
