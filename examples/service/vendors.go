package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/clinik/cliniktest"
	"github.com/caremux/caremux/ekacare/ekacaretest"
	"github.com/caremux/caremux/snapcare/snapcaretest"
	"github.com/caremux/caremux/welkin/welkintest"
)

// vendors is what the service asks. A real one makes its clients by welkin.NewFromEnv and its like, with the same options.
type vendors struct {
	counts []counter
	stops  []func()
}

func (v *vendors) close() {
	for _, stop := range v.stops {
		stop()
	}
}

// startVendors starts the fakes and makes a client of each.
func startVendors(logger *slog.Logger, otel *telemetry) (v *vendors, err error) {
	v = &vendors{}
	defer func() {
		if err != nil {
			v.close()
		}
	}()
	// One pool of connections for all clients. Each has middleware of its own around it.
	shared := caremux.NewTransport()
	v.stops = append(v.stops, shared.CloseIdleConnections)
	options := func(vendor string) []caremux.Option {
		return append(otel.options(vendor),
			caremux.WithTransport(shared),
			caremux.WithLogger(logger),
			caremux.WithTimeout(10*time.Second),
		)
	}
	add := func(vendor, what string, count func(context.Context) (int, error)) {
		v.counts = append(v.counts, counter{vendor, what, count})
	}

	eka, err := ekacaretest.Start()
	if err != nil {
		return nil, err
	}
	v.stops = append(v.stops, eka.Close)
	ekaClient, err := eka.NewClient(options("ekacare")...)
	if err != nil {
		return nil, err
	}
	add("ekacare", "clinics", func(ctx context.Context) (int, error) {
		answer, err := ekaClient.Business.ListEntities(ctx)
		if err != nil || answer.Data == nil {
			return 0, err
		}
		return len(answer.Data.Clinics), nil
	})

	welkinFake, err := welkintest.Start()
	if err != nil {
		return nil, err
	}
	v.stops = append(v.stops, welkinFake.Close)
	welkinFake.AddPatients(45)
	welkinFake.Fail(welkintest.Fault{Operation: "Patients.List", Status: 503})
	welkinClient, err := welkinFake.NewClient(options("welkin")...)
	if err != nil {
		return nil, err
	}
	add("welkin", "patients", func(ctx context.Context) (int, error) {
		return total(welkinClient.Patients.All(ctx, nil))
	})

	clinikFake, err := cliniktest.Start()
	if err != nil {
		return nil, err
	}
	v.stops = append(v.stops, clinikFake.Close)
	patients := clinikFake.AddPatients(3)
	clinikClient, err := clinikFake.NewClient(options("clinik")...)
	if err != nil {
		return nil, err
	}
	booking := &clinik.AppointmentCreate{Status: clinik.AppointmentStatusBooked, PatientID: patients[0]}
	if _, err := clinikClient.Appointments.Create(context.Background(), booking); err != nil {
		return nil, err
	}
	add("clinik", "appointments", func(ctx context.Context) (int, error) {
		return total(clinikClient.Appointments.SearchAll(ctx, &clinik.AppointmentsSearchParams{PatientID: &patients[0]}))
	})

	snapcareFake, err := snapcaretest.Start()
	if err != nil {
		return nil, err
	}
	v.stops = append(v.stops, snapcareFake.Close)
	snapcareClient, err := snapcareFake.NewClient(options("snapcare")...)
	if err != nil {
		return nil, err
	}
	add("snapcare", "time zones", func(ctx context.Context) (int, error) {
		return total(snapcareClient.Utility.AllTimeZones(ctx))
	})
	return v, nil
}
