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
	options func(vendor string) []caremux.Option
	counts  []counter
	stops   []func()
}

func (v *vendors) close() {
	for _, stop := range v.stops {
		stop()
	}
}

func (v *vendors) add(vendor, what string, count func(context.Context) (int, error)) {
	v.counts = append(v.counts, counter{vendor, what, count})
}

// startVendors starts the fakes and makes a client of each.
func startVendors(logger *slog.Logger, otel *telemetry) (*vendors, error) {
	// One pool of connections for all clients. Each has middleware of its own around it.
	shared := caremux.NewTransport()
	v := &vendors{stops: []func(){shared.CloseIdleConnections}}
	v.options = func(vendor string) []caremux.Option {
		return append(otel.options(vendor),
			caremux.WithTransport(shared),
			caremux.WithLogger(logger),
			caremux.WithTimeout(10*time.Second),
		)
	}
	for _, start := range []func(*vendors) error{startEkacare, startWelkin, startClinik, startSnapcare} {
		if err := start(v); err != nil {
			v.close()
			return nil, err
		}
	}
	return v, nil
}

func startEkacare(v *vendors) error {
	fake, err := ekacaretest.Start()
	if err != nil {
		return err
	}
	v.stops = append(v.stops, fake.Close)
	client, err := fake.NewClient(v.options("ekacare")...)
	if err != nil {
		return err
	}
	v.add("ekacare", "clinics", func(ctx context.Context) (int, error) {
		response, err := client.Business.ListEntities(ctx)
		if err != nil || response.Data == nil {
			return 0, err
		}
		return len(response.Data.Clinics), nil
	})
	return nil
}

func startWelkin(v *vendors) error {
	fake, err := welkintest.Start()
	if err != nil {
		return err
	}
	v.stops = append(v.stops, fake.Close)
	fake.AddPatients(45)
	fake.Fail(welkintest.Fault{Operation: "Patients.List", Status: 503})
	client, err := fake.NewClient(v.options("welkin")...)
	if err != nil {
		return err
	}
	v.add("welkin", "patients", func(ctx context.Context) (int, error) {
		return total(client.Patients.All(ctx, nil))
	})
	return nil
}

func startClinik(v *vendors) error {
	fake, err := cliniktest.Start()
	if err != nil {
		return err
	}
	v.stops = append(v.stops, fake.Close)
	patients := fake.AddPatients(3)
	client, err := fake.NewClient(v.options("clinik")...)
	if err != nil {
		return err
	}
	booking := &clinik.AppointmentCreate{Status: clinik.AppointmentStatusBooked, PatientID: patients[0]}
	if _, err := client.Appointments.Create(context.Background(), booking); err != nil {
		return err
	}
	v.add("clinik", "appointments", func(ctx context.Context) (int, error) {
		return total(client.Appointments.SearchAll(ctx, &clinik.AppointmentsSearchParams{PatientID: &patients[0]}))
	})
	return nil
}

func startSnapcare(v *vendors) error {
	fake, err := snapcaretest.Start()
	if err != nil {
		return err
	}
	v.stops = append(v.stops, fake.Close)
	client, err := fake.NewClient(v.options("snapcare")...)
	if err != nil {
		return err
	}
	v.add("snapcare", "time zones", func(ctx context.Context) (int, error) {
		return total(client.Utility.AllTimeZones(ctx))
	})
	return nil
}
