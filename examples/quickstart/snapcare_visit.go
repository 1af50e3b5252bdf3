package main

import (
	"cmp"
	"errors"
	"os"
	"strconv"
	"time"

	"github.com/caremux/caremux/snapcare"
)

// videoVisit is what is needed to book.
type videoVisit struct {
	block, patient, clinician string // GUIDs
	service                   int
	start                     time.Time
	zone                      *time.Location // of the hospital
	zoneID                    int            // the vendor's number of it
}

// order asks for the visit at a time. It travels as local time of the hospital, with the number of its zone.
func (v videoVisit) order(zones *snapcare.TimeZones, start time.Time) (*snapcare.AppointmentCreate, error) {
	when, err := zones.ZonedTime(start, start.Add(visitLength), v.zoneID)
	if err != nil {
		return nil, err
	}
	return &snapcare.AppointmentCreate{
		AvailabilityBlockID: v.block,
		AppointmentTypeCode: snapcare.AppointmentTypeCodeClinicianScheduled,
		EncounterTypeCode:   snapcare.EncounterTypeCodeVideo,
		IntakeMetadata: snapcare.IntakeMetadataInput{Concerns: []snapcare.ConcernInput{{
			IsPrimary:  new(true),
			CustomCode: &snapcare.CustomCodeInput{Code: new(2305), Description: new("Fever (100+)")},
		}}},
		Participants: []snapcare.AppointmentParticipantInput{
			snapcare.ClinicianParticipant(v.clinician), snapcare.PatientParticipant(v.patient),
		},
		ServiceTypeID: v.service,
		ZonedTime:     when,
	}, nil
}

// videoVisitEnv reads whom to book, so that nobody is picked by chance.
func videoVisitEnv(write bool) (v videoVisit, err error) {
	if v.zone, err = time.LoadLocation(cmp.Or(os.Getenv("SNAPCARE_TIME_ZONE"), "America/New_York")); err != nil {
		return v, err
	}
	v.start = time.Now()
	if !write {
		return v, nil
	}
	v.block, v.patient, v.clinician = os.Getenv("SNAPCARE_BLOCK"), os.Getenv("SNAPCARE_PATIENT"), os.Getenv("SNAPCARE_CLINICIAN")
	v.service, _ = strconv.Atoi(os.Getenv("SNAPCARE_SERVICE_TYPE"))
	v.start, err = time.Parse(time.RFC3339, os.Getenv("SNAPCARE_START"))
	if err != nil || v.block == "" || v.patient == "" || v.clinician == "" || v.service == 0 {
		return v,
			errors.New("-write needs SNAPCARE_BLOCK, SNAPCARE_PATIENT and SNAPCARE_CLINICIAN (GUIDs), SNAPCARE_SERVICE_TYPE (a number) " +
				"and SNAPCARE_START (such as 2030-01-02T15:00:00-05:00)")
	}
	return v, nil
}
