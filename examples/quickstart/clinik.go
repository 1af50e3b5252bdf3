package main

import (
	"context"
	"errors"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/clinik/cliniktest"
)

func clinikTour(ctx context.Context, s *stage) error {
	c, done, err := clinikClient(s)
	if err != nil {
		return err
	}
	defer done()
	s.step("look at the key", "it is for %s data", c.Environment())

	var r caremux.Response
	patients, err := c.Patients.Search(ctx, &clinik.PatientsSearchParams{Count: new(5)}, caremux.WithResponse(&r))
	if err != nil {
		return err
	}
	s.step("search patients", "%d on the first page, more: %t", len(patients.Items), patients.HasNext())

	patientID := ""
	if len(patients.Items) > 0 {
		patientID = patients.Items[0].ID
	}
	if s.write {
		if patientID, err = clinikWrites(ctx, s, c); err != nil {
			return err
		}
	}

	if patientID != "" {
		n := 0
		for _, err := range c.Assessments.SearchAll(ctx, &clinik.AssessmentsSearchParams{PatientID: &patientID}, caremux.WithResponse(&r)) {
			if err != nil {
				return err
			}
			n++
		}
		s.step("search the patient's assessments", "%d found; the index lags writes by some seconds", n)
	}

	if limit := r.RateLimit; limit.Limit != nil && limit.Remaining != nil {
		s.step("read the rate limit", "%d of %d calls a minute are left", *limit.Remaining, *limit.Limit)
	}
	if meta, ok := r.Meta.(*clinik.Meta); ok && meta.Quota != nil && meta.Quota.Remaining != nil {
		s.step("read the quota", "%d calls are left this month", *meta.Quota.Remaining)
	}

	_, err = c.Patients.Get(ctx, "pt_doesnotexist", nil)
	if !errors.Is(err, caremux.ErrNotFound) {
		return errors.Join(errors.New("a patient that does not exist was not reported as such"), err)
	}
	s.step("read one that does not exist", "%v", err)
	return nil
}

// clinikWrites creates a patient, records an assessment of it and changes it, and returns its id.
func clinikWrites(ctx context.Context, s *stage, c *clinik.Client) (string, error) {
	birth := caremux.NewDate(1961, time.March, 12)
	p, err := c.Patients.Create(ctx, &clinik.PatientCreate{
		FirstName: "Charlie",
		LastName:  "Taylor",
		BirthDate: &birth,
		Email:     new("charlie.taylor@example.com"),
	})
	if err != nil {
		return "", err
	}
	s.step("create a patient", "%s, %s", p.FullName, p.ID)

	effective := caremux.NewTime(time.Date(2025, time.January, 15, 10, 0, 0, 0, time.UTC))
	recorded, err := c.Assessments.Create(ctx, &clinik.AssessmentCreate{
		Status:      clinik.AssessmentStatusCompleted,
		PatientID:   p.ID,
		Description: new("Annual wellness assessment"),
		Summary:     "Patient presents with well-controlled hypertension and type 2 diabetes. No signs of end-organ damage.",
		Findings: []clinik.AssessmentFindingInput{
			{Code: new("I10"), Text: new("Essential hypertension — well controlled on lisinopril 10mg")},
			{Code: new("E11.9"), Text: new("Type 2 diabetes mellitus — HbA1c 6.8%, at goal")},
		},
		Note:              new("Follow up in 3 months. Order HbA1c and CMP at next visit."),
		EffectiveDateTime: &effective,
	})
	if err != nil {
		return "", err
	}
	s.step("record an assessment", "%s, %s", recorded.Status, recorded.ID)

	read, err := c.Assessments.Get(ctx, recorded.ID)
	if err != nil {
		return "", err
	}
	s.step("read it back", "%d findings, made at %s", len(read.Findings), read.EffectiveDateTime)

	p, err = c.Patients.Update(ctx, p.ID, &clinik.PatientUpdate{Phone: new("+12025550123")})
	if err != nil {
		return "", err
	}
	s.step("change one member of the patient", "phone is set: %t, birth date kept: %s", p.Phone != "", p.BirthDate)

	_, err = c.Assessments.Create(ctx, &clinik.AssessmentCreate{Status: "excellent", PatientID: p.ID, Summary: "A status that there is not."})
	var issues *clinik.IssuesError
	if !errors.As(err, &issues) {
		return "", errors.Join(errors.New("an assessment with a wrong status was not refused"), err)
	}
	s.step("record one that is not valid", "%v: %v", err, issues)
	return p.ID, nil
}

func clinikClient(s *stage) (c *clinik.Client, done func(), err error) {
	if s.live {
		c, err = clinik.NewFromEnv(s.options...)
		return c, func() {}, err
	}
	fake, err := cliniktest.Start()
	if err != nil {
		return nil, nil, err
	}
	fake.AddPatients(45)
	c, err = fake.NewClient(s.options...)
	return c, fake.Close, err
}
