package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/snapcare"
	"github.com/caremux/caremux/snapcare/snapcaretest"
)

// visit is who meets whom.
type visit struct {
	staff, patient          *snapcare.Client // two users; patient is nil if nothing may be booked
	patientID, clinicianID  string           // ids of persons, GUIDs
	clinicianUser           int              // user id of the clinician
	service                 int
	patientZone, clinicZone *time.Location // the latter is that of the member of the staff, too
	now                     time.Time
}

// order is what the patient sends.
func (v *visit) order(f opening, when *snapcare.ZonedTimeInput) *snapcare.AppointmentCreate {
	return &snapcare.AppointmentCreate{
		AvailabilityBlockID: f.block,
		AppointmentTypeCode: snapcare.AppointmentTypeCodePatientScheduled,
		EncounterTypeCode:   snapcare.EncounterTypeCodeVideo,
		ServiceTypeID:       v.service,
		ZonedTime:           when,
		Participants: []snapcare.AppointmentParticipantInput{
			snapcare.ClinicianParticipant(v.clinicianID),
			snapcare.PatientParticipant(v.patientID),
		},
		IntakeMetadata: snapcare.IntakeMetadataInput{Concerns: []snapcare.ConcernInput{{
			IsPrimary:  new(true),
			CustomCode: &snapcare.CustomCodeInput{Code: new(2305), Description: new("Fever (100+)")},
		}}},
	}
}

// connect makes the clients, of the real service if there are credentials for it.
func connect(out io.Writer, write bool) (*visit, func(), error) {
	if os.Getenv("SNAPCARE_DEVELOPER_ID") != "" {
		fmt.Fprintln(out, "against the real service")
		v, err := liveVisit(write)
		return v, func() {}, err
	}
	fmt.Fprintln(out, "offline, against a fake in this process")
	fake, err := snapcaretest.Start()
	if err != nil {
		return nil, nil, err
	}
	addNight(fake)
	v, err := fakeVisit(fake)
	return v, fake.Close, err
}

// addNight adds three hours in which the clinician can be booked, one of which clocks show twice.
func addNight(fake *snapcaretest.Server) {
	night := time.Date(2030, time.November, 3, 5, 0, 0, 0, time.UTC) // 1 o'clock, for the first time
	fake.AddBlock(fake.Clinician(), night, night.Add(3*time.Hour))
}

// fakeVisit plays in the night of a change of clocks.
func fakeVisit(fake *snapcaretest.Server, opts ...caremux.Option) (*visit, error) {
	zone := fake.Zone()
	v := &visit{patientID: fake.Patient().ID, clinicianID: fake.Clinician().ID, clinicianUser: fake.Clinician().Number, service: 307,
		clinicZone: zone, now: time.Date(2030, time.November, 2, 20, 0, 0, 0, zone)}
	fake.SetNow(v.now)
	var err error
	if v.staff, err = fake.NewClient(opts...); err == nil {
		v.patient, err = fake.NewPatientClient(opts...)
	}
	return v, err
}

// liveVisit reads from the environment whom to book, so that no patient is picked by chance.
func liveVisit(write bool) (v *visit, err error) {
	v = &visit{patientID: os.Getenv("SNAPCARE_PATIENT"), clinicianID: os.Getenv("SNAPCARE_CLINICIAN"), now: time.Now()}
	v.clinicianUser, _ = strconv.Atoi(os.Getenv("SNAPCARE_CLINICIAN_USER"))
	v.service, _ = strconv.Atoi(os.Getenv("SNAPCARE_SERVICE_TYPE"))
	if v.clinicianUser == 0 {
		return nil, errors.New("SNAPCARE_CLINICIAN_USER must be the user id of a clinician")
	}
	if v.clinicZone, err = time.LoadLocation(cmp.Or(os.Getenv("SNAPCARE_TIME_ZONE"), "America/New_York")); err != nil {
		return nil, err
	}
	if v.staff, err = snapcare.NewFromEnv(); err != nil || !write {
		return v, err
	}
	if v.patientID == "" || v.clinicianID == "" || v.service == 0 {
		return nil, errors.New("-write needs SNAPCARE_PATIENT, SNAPCARE_CLINICIAN and SNAPCARE_SERVICE_TYPE")
	}
	hospital, err := strconv.Atoi(os.Getenv("SNAPCARE_HOSPITAL_ID"))
	if err != nil {
		return nil, errors.New("SNAPCARE_HOSPITAL_ID must be a number")
	}
	var options []caremux.Option
	if base := os.Getenv("SNAPCARE_BASE_URL"); base != "" {
		options = append(options, caremux.WithBaseURL(base))
	}
	v.patient, err = snapcare.New(snapcare.Credentials{
		Host:        os.Getenv("SNAPCARE_HOST"),
		DeveloperID: os.Getenv("SNAPCARE_DEVELOPER_ID"),
		APIKey:      os.Getenv("SNAPCARE_API_KEY"),
		HospitalID:  hospital,
		UserType:    snapcare.UserTypeCustomer,
		Email:       os.Getenv("SNAPCARE_PATIENT_EMAIL"),
		Password:    os.Getenv("SNAPCARE_PATIENT_PASSWORD"),
	}, options...)
	return v, err
}
