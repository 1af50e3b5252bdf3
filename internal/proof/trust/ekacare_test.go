package trust

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
)

func startEkacare(t *testing.T) *subject {
	t.Helper()
	srv := must(ekacaretest.Start())(t)
	added := make([]string, seeded)
	for i := range added {
		added[i] = srv.AddPatient("From", "The Start", "", "").ID
	}
	body := func(marker string) *ekacare.DirectoryPatientCreate {
		return &ekacare.DirectoryPatientCreate{
			FirstName: &marker, LastName: new("of " + marker), Gender: ekacare.GenderFemale,
			DateOfBirth: caremux.NewDate(1990, time.May, 2),
		}
	}
	s := &subject{url: srv.URL, stop: srv.Close, logins: func() int { return srv.Logins() + srv.Refreshes() }, problems: srv.Problems,
		body: func(m string) any { return body(m) }}
	s.isLogin = func(path string) bool { return strings.HasPrefix(path, "/connect-auth/") }
	s.connect = func(opts ...caremux.Option) (calls, error) {
		c, err := srv.NewClient(opts...)
		return calls{
			create: func(ctx context.Context, marker string, opts ...caremux.RequestOption) (string, error) {
				p, err := c.PatientDirectory.Create(ctx, body(marker), opts...)
				if err != nil {
					return "", err
				}
				return p.OID, nil
			},
			change: func(ctx context.Context, i int, marker string, opts ...caremux.RequestOption) error {
				_, err := c.PatientDirectory.Update(ctx, added[i%seeded], &ekacare.DirectoryPatientUpdate{MiddleName: &marker}, opts...)
				return err
			},
			read: func(ctx context.Context, i int, opts ...caremux.RequestOption) error {
				_, err := c.PatientDirectory.Get(ctx, added[i%seeded], opts...)
				return err
			},
			list: func(ctx context.Context, opts ...caremux.RequestOption) error {
				_, err := c.PatientDirectory.List(ctx, &ekacare.PatientDirectoryListParams{PageNo: 1, PageSize: new(5)}, opts...)
				return err
			},
		}, err
	}
	s.records = func(ctx context.Context) (map[string][]record, error) {
		c, err := srv.NewClient()
		if err != nil {
			return nil, err
		}
		all := c.PatientDirectory.All(ctx, &ekacare.PatientDirectoryListParams{PageNo: 1, PageSize: new(2000)})
		return collect(all, func(p ekacare.DirectoryPatientSummary) (string, record) {
			marker, note, _ := strings.Cut(p.FullName, " ")
			return marker, record{p.OID, note}
		})
	}
	s.arrived = func() []arrival { return arrivals(srv.Requests()) }
	return s
}
