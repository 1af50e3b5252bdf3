package main

import (
	"context"

	"github.com/caremux/caremux/welkin"
)

// vitals is a custom data type as a tenant may have defined it.
type vitals struct {
	BloodSugar int `json:"blood_sugar,omitzero"`
	Systolic   int `json:"systolic,omitzero"`
	Diastolic  int `json:"diastolic,omitzero"`
}

// welkinMore pages, shows how an unknown patient looks, and offline how custom data become a Go struct.
func welkinMore(ctx context.Context, s *stage, c *welkin.Client, patientID string) error {
	page, err := c.Patients.List(ctx, &welkin.PatientsListParams{Size: new(20), Sort: new("lastName,asc")})
	if err != nil {
		return err
	}
	pages, patients := 1, len(page.Items)
	for page.HasNext() && pages < 3 {
		if page, err = page.Next(ctx); err != nil {
			return err
		}
		pages++
		patients += len(page.Items)
	}
	s.step("page through patients", "%d in %d calls, more: %t", patients, pages, page.HasNext())

	if !s.live { // not every tenant has the type
		records := welkin.CDTRecords[vitals](c, "vitals")
		written, err := records.Create(ctx, patientID, &vitals{BloodSugar: 104, Systolic: 118, Diastolic: 76})
		if err != nil {
			return err
		}
		read, err := records.Get(ctx, patientID, written.ID)
		if err != nil {
			return err
		}
		s.step("write custom data", "read back as a struct: %+v", read.Fields)
	}

	_, err = c.Patients.Get(ctx, noID, nil)
	return s.notThere(err)
}
