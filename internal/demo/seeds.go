package demo

import (
	"context"
	"strconv"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/clinik/clinikfhir"
	"github.com/caremux/caremux/ekacare/ekafhir"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/snapcare"
	"github.com/caremux/caremux/snapcare/snapfhir"
	"github.com/caremux/caremux/welkin"
	"github.com/caremux/caremux/welkin/welkinfhir"
)

func (s *Systems) fillEka(_ context.Context, at clock) (*fhir.Source, string, error) {
	doctor, clinic := s.Eka.Doctor(), s.Eka.Clinic()
	asha := s.Eka.AddPatient("Asha", "Rao", "p-1", "+919999900001")
	ravi := s.Eka.AddPatient("Ravi", "Iyer", "p-2", "+919999900002")
	s.chartEka(asha, s.Eka.AddAppointment(doctor, clinic, asha, at(1, 9, 30)), at(-1, 12, 0))
	s.Eka.AddAppointment(doctor, clinic, ravi, at(2, 16, 0))
	s.Eka.AddAppointment(doctor, clinic, asha, at(9, 9, 30)) // beyond the week
	c, err := s.Eka.NewClient()
	if err != nil {
		return nil, "", err
	}
	source, err := ekafhir.NewSource(c, ekafhir.Mapping{})
	return source, "ekacare-" + doctor.ID, err
}

func (s *Systems) fillWelkin(ctx context.Context, at clock) (*fhir.Source, string, error) {
	c, err := s.Welkin.NewClient()
	if err != nil {
		return nil, "", err
	}
	host, err := c.Users.Create(ctx, &welkin.UserCreate{Username: new("drjones"), FirstName: new("Dana"), LastName: new("Jones")})
	if err != nil {
		return nil, "", err
	}
	charlie, err := c.Patients.Create(ctx, &welkin.PatientCreate{FirstName: "Charlie", LastName: "Taylor"})
	if err != nil {
		return nil, "", err
	}
	_, err = c.CalendarEvents.Create(ctx, &welkin.CalendarEventCreate{
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
	if err != nil {
		return nil, "", err
	}
	if err := chartWelkin(ctx, c, charlie.ID); err != nil {
		return nil, "", err
	}
	login := s.Welkin.Credentials()
	source, err := welkinfhir.NewSource(c, welkinfhir.Mapping{Tenant: login.Tenant, Instance: login.Instance})
	return source, "welkin-" + host.ID, err
}

func (s *Systems) fillClinik(ctx context.Context, at clock) (*fhir.Source, string, error) {
	c, err := s.Clinik.NewClient()
	if err != nil {
		return nil, "", err
	}
	mei, err := c.Patients.Create(ctx, &clinik.PatientCreate{FirstName: "Mei", LastName: "Chen"})
	if err != nil {
		return nil, "", err
	}
	for _, a := range []clinik.AppointmentCreate{
		{PractitionerID: new("prac_jones"), Start: new(caremux.NewTime(at(1, 10, 15))), Description: new("Wound check")},
		{PractitionerID: new("prac_jones"), Start: new(caremux.NewTime(at(3, 8, 0))), Description: new("Blood pressure")},
		{PractitionerID: new("prac_other"), Start: new(caremux.NewTime(at(1, 10, 30)))},
	} {
		a.Status, a.PatientID, a.MinutesDuration = clinik.AppointmentStatusBooked, mei.ID, new(30)
		a.AppointmentType = new("followup")
		if _, err := c.Appointments.Create(ctx, &a); err != nil {
			return nil, "", err
		}
	}
	if err := chartClinik(ctx, c, mei.ID); err != nil {
		return nil, "", err
	}
	source, err := clinikfhir.NewSource(c, clinikfhir.Mapping{})
	return source, "clinik-prac.5Fjones", err
}

func (s *Systems) fillSnapcare(ctx context.Context, at clock) (*fhir.Source, string, error) {
	c, err := s.Snapcare.NewClient()
	if err != nil {
		return nil, "", err
	}
	clinician, zone := s.Snapcare.Clinician(), s.Snapcare.Zone()
	bobby := s.Snapcare.AddPatient("Bobby", "Brown")
	_, err = c.Appointments.AdminCreate(ctx, &snapcare.AppointmentCreate{
		AvailabilityBlockID: s.Snapcare.AddBlock(clinician, at(1, 14, 0), at(1, 17, 0)),
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
	if err != nil {
		return nil, "", err
	}
	if err := s.chartSnapcare(ctx, c, bobby, clinician, at(-1, 14, 0)); err != nil {
		return nil, "", err
	}
	login := s.Snapcare.Credentials()
	source, err := snapfhir.NewSource(c, snapfhir.Mapping{Host: snapcare.SandboxHost, HospitalID: login.HospitalID, Zone: zone})
	return source, "snapcare-" + strconv.Itoa(clinician.Number), err
}
