package main

import (
	"context"
	"io"
	"strconv"
	"strings"

	"github.com/caremux/caremux/welkin"
)

// vitals is the custom data type as the tenant has defined it. Pointers tell what was not measured from zero.
type vitals struct {
	BloodSugar *int `json:"blood_sugar,omitzero"`
	Systolic   *int `json:"systolic,omitzero"`
	Diastolic  *int `json:"diastolic,omitzero"`
}

// header names the columns.
func header(cdt string) []string {
	return []string{"patient_id", "first_name", "last_name", "birth_date", "phone", cdt + "_id", "recorded_at",
		"blood_sugar", "systolic", "diastolic"}
}

// recordColumn is that of the record's id, which is empty for a patient without records.
const recordColumn = 5

// export appends all patients that are not done yet, one row for each record, and one for a patient without any.
func export(ctx context.Context, c *welkin.Client, cdt string, p *part, progress io.Writer) (records int, err error) {
	shown := newMeter(progress, len(p.done))
	defer func() { shown.show(len(p.done)) }()
	// The oldest come first, so that patients who are added meanwhile move nobody to another page. One who is removed still does.
	params := &welkin.PatientsListParams{Size: new(100), Sort: new("createdAt,asc")}
	page, err := c.Patients.List(ctx, params)
	for {
		if err != nil {
			return records, err
		}
		if page.Total != nil {
			shown.total = *page.Total
		}
		for _, patient := range page.Items {
			rows, n, err := rowsOf(ctx, c, cdt, &patient, p)
			if err == nil {
				err = p.add(patient.ID, rows)
			}
			if err != nil {
				return records, err
			}
			records += n
			shown.tick(len(p.done))
		}
		if !page.HasNext() {
			return records, nil
		}
		page, err = page.Next(ctx)
	}
}

// rowsOf reads the records of a patient, unless they are in the file already.
func rowsOf(ctx context.Context, c *welkin.Client, cdt string, patient *welkin.Patient, p *part) (rows [][]string, records int, err error) {
	if n, ok := p.done[patient.ID]; ok {
		return nil, n, nil
	}
	person := []string{patient.ID, patient.FirstName, patient.LastName, patient.BirthDate.String(), patient.Phone}
	for r, err := range welkin.CDTRecords[vitals](c, cdt).All(ctx, patient.ID, nil) {
		if err != nil {
			return nil, 0, err
		}
		if r.Mismatch() != nil {
			p.unfit++
		}
		recorded := ""
		if r.JSONBody != nil {
			recorded = r.JSONBody.CreatedAt.Text()
		}
		rows = append(rows, row(person, r.ID, recorded, number(r.Fields.BloodSugar), number(r.Fields.Systolic), number(r.Fields.Diastolic)))
	}
	if len(rows) == 0 {
		return [][]string{row(person, "", "", "", "", "")}, 0, nil
	}
	return rows, len(rows), nil
}

func number(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}

// row joins the cells and makes them safe for a spreadsheet, which runs text that begins like a formula.
func row(person []string, more ...string) []string {
	var cells []string
	for _, cell := range append(person[:len(person):len(person)], more...) {
		if cell != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(cell)[0]) {
			cell = "'" + cell
		}
		cells = append(cells, cell)
	}
	return cells
}
