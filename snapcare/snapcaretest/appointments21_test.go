package snapcaretest_test

import (
	"errors"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/snapcare"
	"github.com/caremux/caremux/snapcare/snapcaretest"
)

// olderOrder is order for version 2.1.
func olderOrder(srv *snapcaretest.Server, block string, patient snapcaretest.Person,
	start time.Time) *snapcare.AppointmentV21Create {
	at, end := caremux.NewTime(start), caremux.NewTime(start.Add(30*time.Minute))
	part := func(id string, code snapcare.ParticipantTypeCode) snapcare.AppointmentV21ParticipantInput {
		return snapcare.AppointmentV21ParticipantInput{PersonID: &id, ParticipantTypeCode: &code}
	}
	return &snapcare.AppointmentV21Create{
		AvailabilityBlockID: &block, StartTime: &at, EndTime: &end,
		AppointmentTypeCode: new(snapcare.AppointmentTypeCodePatientScheduled),
		EncounterTypeCode:   new(snapcare.EncounterTypeCodeVideo),
		ServiceTypeID:       new(307),
		Participants: []snapcare.AppointmentV21ParticipantInput{
			part(srv.Clinician().ID, snapcare.ParticipantTypeCodePractitioner), part(patient.ID,
				snapcare.ParticipantTypeCodePatient),
		},
	}
}

//lint:file-ignore SA1019 version 2.1 is tested here
func TestOlderVersionBooksByTheSameRules(t *testing.T) {
	srv, block := setup(t)
	now := morning(srv)
	c, p := srv.Client(quick), srv.PatientClient(quick)
	a := must(p.Appointments.CreateForPatient(t.Context(), olderOrder(srv, block, srv.Patient(),
		now.Add(2*time.Hour))))(t)
	if !a.StartTime.Equal(now.Add(2*time.Hour)) || a.AvailabilityBlockID != block {
		t.Errorf("booked %s", a.RawJSON())
	}
	stranger := srv.AddPatient("Sam", "Stranger")
	for name, tt := range map[string]struct {
		order  *snapcare.AppointmentV21Create
		status int
	}{
		"past":            {olderOrder(srv, block, srv.Patient(), now.Add(-time.Hour)), 400},
		"taken":           {olderOrder(srv, block, srv.Patient(), now.Add(2*time.Hour)), 400},
		"outside":         {olderOrder(srv, block, srv.Patient(), now.Add(20*time.Hour)), 400},
		"another patient": {olderOrder(srv, block, stranger, now.Add(4*time.Hour)), 400},
		"no such block": {olderOrder(srv, "eb4c16e2-f499-4b6d-8868-d3912da23fad", srv.Patient(),
			now.Add(4*time.Hour)), 404},
		"no block": {withoutBlock(olderOrder(srv, block, srv.Patient(), now.Add(4*time.Hour))), 400},
		"over another one": {olderOrder(srv, srv.AddBlock(srv.Clinician(), now, now.Add(12*time.Hour)), srv.Patient(),
			now.Add(2*time.Hour)), 400},
	} {
		_, err := p.Appointments.CreateForPatient(t.Context(), tt.order)
		var e *caremux.Error
		if !errors.As(err, &e) || e.Status != tt.status || e.Code != "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	moved := must(c.Appointments.ReplaceForClinician(t.Context(), a.AppointmentID,
		new(snapcare.AppointmentV21Replace(*olderOrder(srv, block,
			srv.Patient(), now.Add(5*time.Hour))))))(t)
	if !moved.StartTime.Equal(now.Add(5 * time.Hour)) {
		t.Errorf("moved %s", moved.RawJSON())
	}
	if err := p.Appointments.DeleteForPatient(t.Context(), a.AppointmentID); err != nil {
		t.Error(err)
	}
	if err := p.Appointments.DeleteForPatient(t.Context(), a.AppointmentID); !errors.Is(err, caremux.ErrNotFound) {
		t.Errorf("cancelled twice: %v", err)
	}
	if _, err := c.Appointments.ReplaceForClinician(t.Context(), a.AppointmentID,
		new(snapcare.AppointmentV21Replace(*olderOrder(srv, block, srv.Patient(),
			now.Add(6*time.Hour))))); err == nil {
		t.Error("a cancelled appointment was moved")
	}
	if problems := srv.Problems(); problems != nil {
		t.Error(problems)
	}
}

func withoutBlock(o *snapcare.AppointmentV21Create) *snapcare.AppointmentV21Create {
	o.AvailabilityBlockID = nil
	return o
}

func TestClinicianIsInOnePlaceAtATime(t *testing.T) {
	srv, block := setup(t)
	now := morning(srv)
	other := srv.AddBlock(srv.Clinician(), now, now.Add(12*time.Hour))
	double := srv.AddBlock(srv.Clinician(), now, now.Add(12*time.Hour))
	c := srv.Client(quick)
	must(c.AvailabilityBlocks.Replace(t.Context(), double,
		&snapcare.AvailabilityBlockReplace{OptimizationTypeCode: new(snapcare.AppointmentOptimizationCodeDoubleBooking)}))(t)
	must(c.Appointments.AdminCreate(t.Context(), order(srv, block, now.Add(2*time.Hour))))(t)
	_, err := c.Appointments.AdminCreate(t.Context(), order(srv, other, now.Add(2*time.Hour+15*time.Minute)))
	rejected(t, err, "1000400", "already booked")
	must(c.Appointments.AdminCreate(t.Context(), order(srv, other, now.Add(3*time.Hour))))(t)
	must(c.Appointments.AdminCreate(t.Context(), order(srv, double, now.Add(3*time.Hour))))(t)
}
