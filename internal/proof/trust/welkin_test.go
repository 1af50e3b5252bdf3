package trust

import (
	"context"
	"strings"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/welkin"
	"github.com/caremux/caremux/welkin/welkintest"
)

func startWelkin(t *testing.T) *subject {
	t.Helper()
	srv := must(welkintest.Start())(t)
	added := srv.AddPatients(seeded)
	body := func(marker string) *welkin.PatientCreate {
		return &welkin.PatientCreate{FirstName: marker, LastName: "of " + marker, Timezone: new("America/Los_Angeles")}
	}
	s := &subject{url: srv.URL, stop: srv.Close, logins: srv.Logins, problems: srv.Problems, body: func(m string) any { return body(m) }}
	s.isLogin = func(path string) bool { return strings.Contains(path, "/api_clients/") }
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
				_, err := c.Patients.Update(ctx, added[i%seeded], &welkin.PatientUpdate{MiddleName: &marker}, opts...)
				return err
			},
			read: func(ctx context.Context, i int, opts ...caremux.RequestOption) error {
				_, err := c.Patients.Get(ctx, added[i%seeded], nil, opts...)
				return err
			},
			list: func(ctx context.Context, opts ...caremux.RequestOption) error {
				_, err := c.Patients.List(ctx, &welkin.PatientsListParams{Size: new(5)}, opts...)
				return err
			},
		}, err
	}
	s.records = func(ctx context.Context) (map[string][]record, error) {
		c, err := srv.NewClient()
		if err != nil {
			return nil, err
		}
		return collect(c.Patients.All(ctx, &welkin.PatientsListParams{Size: new(500)}), func(p welkin.Patient) (string, record) {
			return p.FirstName, record{p.ID, p.LastName}
		})
	}
	s.arrived = func() []arrival { return arrivals(srv.Requests()) }
	return s
}
