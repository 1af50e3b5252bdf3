package main

import (
	"context"
	"errors"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
)

// clinikMore searches, reads the limits, and shows how mistakes look.
func clinikMore(ctx context.Context, s *stage, c *clinik.Client, patientID string) error {
	var r caremux.Response
	patients, err := c.Patients.Search(ctx, &clinik.PatientsSearchParams{Count: new(5)}, caremux.WithResponse(&r))
	if err != nil {
		return err
	}
	s.step("search patients", "%d on the first page of %s data, more: %t", len(patients.Items), c.Environment(), patients.HasNext())

	if patientID == "" && len(patients.Items) > 0 {
		patientID = patients.Items[0].ID
	}
	if patientID != "" {
		n := 0
		for _, err := range c.Assessments.SearchAll(ctx, &clinik.AssessmentsSearchParams{PatientID: &patientID}, caremux.WithResponse(&r)) {
			if err != nil {
				return err
			}
			n++
		}
		s.step("search assessments", "%d of one patient; the real index lags writes by some seconds", n)
	}
	if limit := r.RateLimit; limit.Limit != nil && limit.Remaining != nil {
		s.step("read the rate limit", "%d of %d calls a minute are left", *limit.Remaining, *limit.Limit)
	}
	if meta, ok := r.Meta.(*clinik.Meta); ok && meta.Quota != nil && meta.Quota.Remaining != nil {
		s.step("read the quota", "%d calls are left this month", *meta.Quota.Remaining)
	}

	if !s.live {
		_, err = c.Assessments.Create(ctx, &clinik.AssessmentCreate{
			Status: "excellent", PatientID: patientID, Summary: "A status that there is not.",
		})
		var issues *clinik.IssuesError
		if !errors.As(err, &issues) {
			return errors.Join(errors.New("an assessment with a wrong status was not refused"), err)
		}
		s.step("record a wrong status", "refused: %v", issues)
	}

	_, err = c.Patients.Get(ctx, "pt_doesnotexist", nil)
	return s.notThere(err)
}
