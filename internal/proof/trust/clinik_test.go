package trust

import (
	"context"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/clinik/cliniktest"
)

func startClinik(t *testing.T) *subject {
	t.Helper()
	srv := must(cliniktest.Start())(t)
	added := srv.AddPatients(seeded)
	body := func(marker string) *clinik.PatientCreate {
		return &clinik.PatientCreate{FirstName: marker, LastName: "of " + marker, Email: new("someone@example.com")}
	}
	s := &subject{url: srv.URL, stop: srv.Close, problems: srv.Problems, body: func(m string) any { return body(m) }}
	s.connect = func(opts ...caremux.Option) (calls, error) {
		c, err := srv.NewClient(opts...)
		return calls{
			create: func(ctx context.Context, marker string, opts ...caremux.RequestOption) (string, error) {
				p, err := c.Patients.Create(ctx, body(marker), opts...)
				if err != nil {
					return "", err
				}
				return p.ID, nil
			},
			change: func(ctx context.Context, i int, marker string, opts ...caremux.RequestOption) error {
				_, err := c.Patients.Update(ctx, added[i%seeded], &clinik.PatientUpdate{LastName: &marker}, opts...)
				return err
			},
			read: func(ctx context.Context, i int, opts ...caremux.RequestOption) error {
				_, err := c.Patients.Get(ctx, added[i%seeded], nil, opts...)
				return err
			},
			list: func(ctx context.Context, opts ...caremux.RequestOption) error {
				_, err := c.Patients.Search(ctx, &clinik.PatientsSearchParams{Count: new(5)}, opts...)
				return err
			},
		}, err
	}
	s.records = func(ctx context.Context) (map[string][]record, error) {
		c, err := srv.NewClient()
		if err != nil {
			return nil, err
		}
		all := c.Patients.SearchAll(ctx, &clinik.PatientsSearchParams{Count: new(100)})
		return collect(all, func(p clinik.Patient) (string, record) {
			return p.FirstName, record{p.ID, p.LastName}
		})
	}
	s.arrived = func() []arrival { return arrivals(srv.Requests()) }
	return s
}
