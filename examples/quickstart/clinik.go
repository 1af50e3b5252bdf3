package main

import (
	"context"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/clinik/cliniktest"
)

// clinikChapter records the assessment of the visit.
func clinikChapter(ctx context.Context, s *stage) error {
	c, err := clinikOpen(s)
	if err != nil {
		return err
	}
	patientID := ""
	if s.write {
		if patientID, err = clinikStory(ctx, s, c); err != nil {
			return err
		}
	}
	if s.long || !s.write {
		return clinikMore(ctx, s, c, patientID)
	}
	return nil
}

func clinikStory(ctx context.Context, s *stage, c *clinik.Client) (patientID string, err error) {
	p, err := c.Patients.Create(ctx, &clinik.PatientCreate{
		FirstName: firstName, LastName: lastName, BirthDate: &birthDate, Phone: new(mobile), Email: new(email),
	})
	if err != nil {
		return "", err
	}
	s.hasMade("the patient", func(ctx context.Context) error { return c.Patients.Delete(ctx, p.ID) })
	s.step("register her", "patient %s, born %s, %s data", short(p.ID), p.BirthDate, c.Environment())

	visit := at(9, 15)
	if s.live {
		visit = time.Now()
	}
	recorded, err := c.Assessments.Create(ctx, &clinik.AssessmentCreate{
		Status:      clinik.AssessmentStatusCompleted,
		PatientID:   p.ID,
		Description: new("Annual wellness assessment"),
		Summary:     "Blood pressure and blood sugar are well controlled.",
		Findings: []clinik.AssessmentFindingInput{
			{Code: new("I10"), Text: new("Essential hypertension, well controlled")},
			{Code: new("E11.9"), Text: new("Type 2 diabetes mellitus, HbA1c at goal")},
		},
		Note:              new("Follow up in 3 months."),
		EffectiveDateTime: new(caremux.NewTime(visit)),
	})
	if err != nil {
		return "", err
	}
	s.hasMade("the assessment", func(ctx context.Context) error { return c.Assessments.Delete(ctx, recorded.ID) })
	s.step("record an assessment", "%s, status %s", short(recorded.ID), recorded.Status)

	read, err := c.Assessments.Get(ctx, recorded.ID)
	if err != nil {
		return "", err
	}
	codes := ""
	for i, f := range read.Findings {
		if i > 0 {
			codes += " and "
		}
		codes += f.Code.String()
	}
	s.step("read it back", "findings %s, made at %s", codes, clock(read.EffectiveDateTime))
	return p.ID, nil
}

func clinikOpen(s *stage) (*clinik.Client, error) {
	if s.live {
		return clinik.NewFromEnv(s.options()...)
	}
	fake, err := cliniktest.Start()
	if err != nil {
		return nil, err
	}
	s.atEnd(fake.Close)
	fake.AddPatients(45)
	fake.Fail(cliniktest.Fault{Operation: "Assessments.Create", Status: 429})
	return fake.NewClient(s.options()...)
}
