package main

import (
	"context"
	"strings"
	"time"

	"github.com/caremux/caremux/snapcare"
)

// snapcareSystem lists for a member of the staff, whose zone says what times without one mean.
func snapcareSystem(c *snapcare.Client, clinicianID int, zone *time.Location) system {
	return system{"snapcare", func(ctx context.Context, from, to time.Time) (list []appointment, err error) {
		for a, err := range c.Appointments.AdminAll(ctx, &snapcare.AppointmentsAdminListParams{
			StartDate:    snapcare.NewLocalTime(from, zone),
			EndDate:      snapcare.NewLocalTime(to, zone),
			ClinicianIDs: []int{clinicianID},
			AppointmentStatusCodes: []snapcare.AppointmentStatusCode{
				snapcare.AppointmentStatusCodeScheduled, snapcare.AppointmentStatusCodeWaiting,
			},
		}) {
			if err != nil {
				return nil, err
			}
			one := appointment{Start: a.StartTime.Time, End: a.EndTime.Time}
			if a.EncounterTypeCode != nil {
				one.How = strings.ToLower(a.EncounterTypeCode.String())
			}
			if a.IntakeMetadata != nil {
				for _, concern := range a.IntakeMetadata.Concerns {
					if concern.CustomCode != nil && one.Reason == "" {
						one.Reason = concern.CustomCode.Description
					}
				}
			}
			for _, p := range a.Participants {
				patient := p.ParticipantTypeCode != nil && *p.ParticipantTypeCode == snapcare.ParticipantTypeCodePatient
				if patient && p.Person != nil && p.Person.Name != nil {
					one.Patient = strings.TrimSpace(p.Person.Name.Given + " " + p.Person.Name.Family)
				}
			}
			list = append(list, one)
		}
		return list, nil
	}}
}
