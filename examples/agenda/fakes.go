package main

import (
	"context"
	"time"

	"github.com/caremux/caremux/clinik/cliniktest"
	"github.com/caremux/caremux/ekacare/ekacaretest"
	"github.com/caremux/caremux/snapcare/snapcaretest"
	"github.com/caremux/caremux/welkin/welkintest"
)

// vendors are the fakes, and what they have for the clinician. A real program makes its clients by welkin.NewFromEnv and its
// like, and is told who the clinician is in each system.
type vendors struct {
	eka      *ekacaretest.Server
	welkin   *welkintest.Server
	clinik   *cliniktest.Server
	snapcare *snapcaretest.Server
	systems  []system
	stops    []func()
}

func (v *vendors) close() {
	for _, stop := range v.stops {
		stop()
	}
}

// moment is an hour and a minute of a day after today, in the clinician's zone.
type moment func(day, hour, minute int) time.Time

// startVendors starts the fakes and fills them with appointments of the days after now.
func startVendors(ctx context.Context, now time.Time) (v *vendors, err error) {
	v = &vendors{}
	defer func() {
		if err != nil {
			v.close()
		}
	}()
	if v.eka, err = ekacaretest.Start(); err != nil {
		return nil, err
	}
	v.stops = append(v.stops, v.eka.Close)
	if v.welkin, err = welkintest.Start(); err != nil {
		return nil, err
	}
	v.stops = append(v.stops, v.welkin.Close)
	if v.clinik, err = cliniktest.Start(); err != nil {
		return nil, err
	}
	v.stops = append(v.stops, v.clinik.Close)
	if v.snapcare, err = snapcaretest.Start(); err != nil {
		return nil, err
	}
	v.stops = append(v.stops, v.snapcare.Close)
	v.snapcare.SetNow(now)

	at := func(day, hour, minute int) time.Time {
		return time.Date(now.Year(), now.Month(), now.Day()+day, hour, minute, 0, 0, now.Location())
	}
	for _, fill := range []func(context.Context, moment) (system, error){v.fillEka, v.fillWelkin, v.fillClinik, v.fillSnapcare} {
		s, err := fill(ctx, at)
		if err != nil {
			return nil, err
		}
		v.systems = append(v.systems, s)
	}
	return v, nil
}
