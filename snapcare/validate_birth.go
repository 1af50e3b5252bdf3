package snapcare

import "github.com/caremux/caremux"

// Dates of birth travel as moments, of which the day counts. A [caremux.Time] made of midnight in a zone east of Greenwich would
// be sent as the evening before, in UTC, and the patient would be a day older.

// validateBirth refuses a moment that is sent as another day than it has in its own location.
func validateBirth(field string, dob *caremux.Time) error {
	if dob == nil || !dob.Known() {
		return nil
	}
	sent, err := caremux.ParseDate(dob.Text())
	if own := caremux.DateOf(dob.Time); err == nil && (sent.Year != own.Year || sent.Month != own.Month || sent.Day != own.Day) {
		return &caremux.ArgumentError{Field: field, Rule: "must be the same day in UTC, in which it is sent: make it with time.UTC"}
	}
	return nil
}

// Validate refuses a date of birth that would be sent as another day.
func (c CoUserInput) Validate() error { return validateBirth("dob", c.DOB) }

// Validate refuses a date of birth that would be sent as another day.
func (c CoUserTokenProfileInput) Validate() error { return validateBirth("dob", &c.DOB) }

// Validate refuses a date of birth that would be sent as another day.
func (n NewPatientInput) Validate() error { return validateBirth("dob", n.DOB) }

// Validate refuses a date of birth that would be sent as another day.
func (o OnboardPatientInput) Validate() error { return validateBirth("dob", o.DOB) }

// Validate refuses a date of birth that would be sent as another day.
func (p PatientRecordInput) Validate() error { return validateBirth("dob", p.DOB) }

// Validate refuses a date of birth that would be sent as another day.
func (p PatientShortInfoInput) Validate() error { return validateBirth("dob", p.DOB) }

// Validate refuses a date of birth that would be sent as another day.
func (p PendingStaffDetailsInput) Validate() error { return validateBirth("dob", &p.DOB) }

// Validate refuses a date of birth that would be sent as another day.
func (s StaffDetailsInput) Validate() error { return validateBirth("dob", s.DOB) }
