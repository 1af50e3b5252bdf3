// Package demo starts fakes of the four systems in the process, with some appointments of one clinician, for examples
// that run offline. A real program makes its clients by welkin.NewFromEnv and its like.
package demo

import (
	"context"
	"time"

	"github.com/caremux/caremux/clinik/cliniktest"
	"github.com/caremux/caremux/ekacare/ekacaretest"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/snapcare/snapcaretest"
	"github.com/caremux/caremux/welkin/welkintest"
)

// Systems are the fakes, and what reads them.
type Systems struct {
	Eka      *ekacaretest.Server
	Welkin   *welkintest.Server
	Clinik   *cliniktest.Server
	Snapcare *snapcaretest.Server
	// Sources read the fakes.
	Sources []*fhir.Source
	// Clinician is who the appointments are with: the ids of one person in each system.
	Clinician []string

	stops []func()
}

// Close stops the fakes.
func (s *Systems) Close() {
	for _, stop := range s.stops {
		stop()
	}
}

// clock is an hour and a minute of a day after today, in the clinician's zone.
type clock func(day, hour, minute int) time.Time

// Start starts the fakes and fills them with appointments of the days after now.
func Start(ctx context.Context, now time.Time) (s *Systems, err error) {
	s = &Systems{}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	if s.Eka, err = ekacaretest.Start(); err != nil {
		return nil, err
	}
	s.stops = append(s.stops, s.Eka.Close)
	if s.Welkin, err = welkintest.Start(); err != nil {
		return nil, err
	}
	s.stops = append(s.stops, s.Welkin.Close)
	if s.Clinik, err = cliniktest.Start(); err != nil {
		return nil, err
	}
	s.stops = append(s.stops, s.Clinik.Close)
	if s.Snapcare, err = snapcaretest.Start(); err != nil {
		return nil, err
	}
	s.stops = append(s.stops, s.Snapcare.Close)
	s.Snapcare.SetNow(now)

	at := func(day, hour, minute int) time.Time {
		return time.Date(now.Year(), now.Month(), now.Day()+day, hour, minute, 0, 0, now.Location())
	}
	for _, fill := range []func(context.Context, clock) (*fhir.Source, string, error){
		s.fillEka, s.fillWelkin, s.fillClinik, s.fillSnapcare,
	} {
		source, clinician, err := fill(ctx, at)
		if err != nil {
			return nil, err
		}
		s.Sources, s.Clinician = append(s.Sources, source), append(s.Clinician, clinician)
	}
	return s, nil
}
