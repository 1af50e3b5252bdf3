package main

import (
	"context"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/snapcare"
	"github.com/caremux/caremux/welkin"
)

func (v *vendors) fillEka(_ context.Context, at moment) (system, error) {
	doctor, clinic := v.eka.Doctor(), v.eka.Clinic()
	asha := v.eka.AddPatient("Asha", "Rao", "p-1", "+919999900001")
	ravi := v.eka.AddPatient("Ravi", "Iyer", "p-2", "+919999900002")
	v.eka.AddAppointment(doctor, clinic, asha, at(1, 9, 30))
	v.eka.AddAppointment(doctor, clinic, ravi, at(2, 16, 0))
	v.eka.AddAppointment(doctor, clinic, asha, at(9, 9, 30)) // beyond the week
	c, err := v.eka.NewClient()
	return ekacareSystem(c, doctor.ID), err
}

func (v *vendors) fillWelkin(ctx context.Context, at moment) (system, error) {
	c, err := v.welkin.NewClient()
	if err != nil {
		return system{}, err
	}
	host, err := c.Users.Create(ctx, &welkin.UserInput{Username: new("drjones"), FirstName: new("Dana"), LastName: new("Jones")})
	if err != nil {
		return system{}, err
	}
	charlie, err := c.Patients.Create(ctx, &welkin.PatientCreate{FirstName: "Charlie", LastName: "Taylor"})
	if err != nil {
		return system{}, err
	}
	_, err = c.CalendarEvents.Create(ctx, &welkin.CalendarEventInput{
		EventTitle:    new("First visit"),
		EventType:     new(welkin.CalendarEventTypeAppointment),
		EventMode:     new(welkin.CalendarEventModeVideo),
		StartDateTime: caremux.NewTime(at(1, 11, 0)),
		EndDateTime:   caremux.NewTime(at(1, 11, 30)),
		HostID:        host.ID,
		Participants: []welkin.CalendarParticipantInput{
			{ParticipantID: host.ID, ParticipantRole: welkin.ParticipantRolePsm},
			{ParticipantID: charlie.ID, ParticipantRole: welkin.ParticipantRolePatient},
		},
	})
	return welkinSystem(c, host.ID), err
}

func (v *vendors) fillClinik(ctx context.Context, at moment) (system, error) {
	c, err := v.clinik.NewClient()
	if err != nil {
		return system{}, err
	}
	mei, err := c.Patients.Create(ctx, &clinik.PatientCreate{FirstName: "Mei", LastName: "Chen"})
	if err != nil {
		return system{}, err
	}
	for _, a := range []clinik.AppointmentCreate{
		{PractitionerID: new("prac_jones"), Start: new(caremux.NewTime(at(1, 10, 15))), Description: new("Wound check")},
		{PractitionerID: new("prac_jones"), Start: new(caremux.NewTime(at(3, 8, 0))), Description: new("Blood pressure")},
		{PractitionerID: new("prac_other"), Start: new(caremux.NewTime(at(1, 10, 30)))},
	} {
		a.Status, a.PatientID, a.MinutesDuration = clinik.AppointmentStatusBooked, mei.ID, new(30)
		a.AppointmentType = new("followup")
		if _, err := c.Appointments.Create(ctx, &a); err != nil {
			return system{}, err
		}
	}
	return clinikSystem(c, "prac_jones"), nil
}

func (v *vendors) fillSnapcare(ctx context.Context, at moment) (system, error) {
	c, err := v.snapcare.NewClient()
	if err != nil {
		return system{}, err
	}
	clinician, zone := v.snapcare.Clinician(), v.snapcare.Zone()
	// A name that a page must show and not run.
	bobby := v.snapcare.AddPatient("Bobby", "<script>alert(1)</script>")
	_, err = c.Appointments.AdminCreate(ctx, &snapcare.AppointmentCreate{
		AvailabilityBlockID: v.snapcare.AddBlock(clinician, at(1, 14, 0), at(1, 17, 0)),
		StartTime:           snapcare.NewLocalTime(at(1, 14, 20), zone),
		EndTime:             snapcare.NewLocalTime(at(1, 14, 20).Add(20*time.Minute), zone),
		AppointmentTypeCode: snapcare.AppointmentTypeCodeClinicianScheduled,
		EncounterTypeCode:   snapcare.EncounterTypeCodeVideo,
		IntakeMetadata: snapcare.IntakeMetadataInput{Concerns: []snapcare.ConcernInput{{
			IsPrimary: new(true), CustomCode: &snapcare.CustomCodeInput{Code: new(2305), Description: new("Fever (100+)")},
		}}},
		Participants: []snapcare.AppointmentParticipantInput{
			snapcare.ClinicianParticipant(clinician.ID), snapcare.PatientParticipant(bobby.ID),
		},
		ServiceTypeID: 307,
	})
	return snapcareSystem(c, clinician.Number, zone), err
}
