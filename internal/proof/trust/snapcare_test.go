package trust

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/snapcare"
	"github.com/caremux/caremux/snapcare/snapcaretest"
)

func startSnapcare(t *testing.T) *subject {
	t.Helper()
	srv := must(snapcaretest.Start())(t)
	now := time.Date(2019, time.March, 14, 9, 0, 0, 0, srv.Zone())
	srv.SetNow(now)
	direct := must(srv.NewClient())(t)
	// A block for double booking: a second booking of the same must not be hidden by a refusal.
	block := must(direct.AvailabilityBlocks.Create(t.Context(), &snapcare.AvailabilityBlockCreate{
		StartTime: new(caremux.NewTime(now)), EndTime: new(caremux.NewTime(now.Add(12 * time.Hour))),
		OptimizationTypeCode: new(snapcare.AppointmentOptimizationCode(1)),
		Clinician:            &snapcare.AvailabilityBlockClinicianInput{ClinicianID: new(srv.Clinician().Number)},
	}))(t)
	body := func(marker string) *snapcare.AppointmentCreate {
		return &snapcare.AppointmentCreate{
			AvailabilityBlockID: block.ID, ServiceTypeID: 307, Where: &marker, WhereUse: new(1),
			AppointmentTypeCode: snapcare.AppointmentTypeCodePatientScheduled, EncounterTypeCode: snapcare.EncounterTypeCodeVideo,
			IntakeMetadata: snapcare.IntakeMetadataInput{Concerns: []snapcare.ConcernInput{{
				IsPrimary: new(true), CustomCode: &snapcare.CustomCodeInput{Code: new(2305), Description: new("Fever (100+)")},
			}}},
			Participants: []snapcare.AppointmentParticipantInput{
				snapcare.ClinicianParticipant(srv.Clinician().ID), snapcare.PatientParticipant(srv.Patient().ID),
			},
			StartTime: snapcare.NewLocalTime(now.Add(time.Hour), srv.Zone()),
			EndTime:   snapcare.NewLocalTime(now.Add(2*time.Hour), srv.Zone()),
		}
	}
	added := make([]string, seeded)
	for i := range added {
		added[i] = must(direct.Appointments.AdminCreate(t.Context(), body("from the start")))(t).AppointmentID
	}
	s := &subject{url: srv.URL, stop: srv.Close, logins: func() int { return srv.Logins() + srv.Renewals() }, problems: srv.Problems,
		body: func(m string) any { return body(m) }}
	s.isLogin = func(path string) bool { return strings.Contains(path, "/auth/") }
	s.connect = func(opts ...caremux.Option) (calls, error) {
		c, err := srv.NewClient(opts...)
		return calls{
			create: func(ctx context.Context, marker string, opts ...caremux.RequestOption) (string, error) {
				a, err := c.Appointments.AdminCreate(ctx, body(marker), opts...)
				if err != nil {
					return "", err
				}
				return a.AppointmentID, nil
			},
			change: func(ctx context.Context, i int, marker string, opts ...caremux.RequestOption) error {
				b := body(marker)
				_, err := c.Appointments.AdminReplace(ctx, added[i%seeded], &snapcare.AppointmentReplace{
					AppointmentTypeCode: b.AppointmentTypeCode, EncounterTypeCode: b.EncounterTypeCode, IntakeMetadata: b.IntakeMetadata,
					Participants: b.Participants, ServiceTypeID: b.ServiceTypeID, StartTime: b.StartTime,
					EndTime: b.EndTime, Where: &marker,
				}, opts...)
				return err
			},
			read: func(ctx context.Context, _ int, opts ...caremux.RequestOption) error {
				_, err := c.Hospitals.GetPatient(ctx, srv.Credentials().HospitalID, srv.Patient().Number, opts...)
				return err
			},
			list: func(ctx context.Context, opts ...caremux.RequestOption) error {
				_, err := c.Hospitals.ListPatients(ctx, srv.Credentials().HospitalID, nil, opts...)
				return err
			},
		}, err
	}
	s.records = func(ctx context.Context) (map[string][]record, error) {
		c, err := srv.NewClient()
		if err != nil {
			return nil, err
		}
		return collect(c.Appointments.AdminAll(ctx, nil), func(a snapcare.Appointment) (string, record) {
			return a.Where, record{a.AppointmentID, "of " + a.Where}
		})
	}
	s.arrived = func() []arrival { return arrivals(srv.Requests()) }
	return s
}
