package bench

import (
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/welkin"
)

var errOther = errors.New("not what the server sent")

func BenchmarkGet(b *testing.B) {
	s := newServer(b, 1, 0)
	p, c := s.plain(b), s.client(b)
	compare(b, func() error {
		var got welkin.Patient
		if err := p.do(b.Context(), http.MethodGet, "/gh/sb/patients/5f1c", nil, &got); err != nil || got.FirstName != "Charlie" {
			return errors.Join(errOther, err)
		}
		return nil
	}, func() error {
		if got, err := c.Patients.Get(b.Context(), "5f1c", nil); err != nil || got.FirstName != "Charlie" {
			return errors.Join(errOther, err)
		}
		return nil
	})
}

func BenchmarkCreate(b *testing.B) {
	s := newServer(b, 1, 0)
	date := caremux.NewDate(1981, time.April, 5)
	in := &welkin.PatientCreate{FirstName: "Charlie", LastName: "Taylor", BirthDate: &date,
		Email: new("charlie@example.com"), Timezone: new("America/Los_Angeles")}
	p, c := s.plain(b), s.client(b)
	compare(b, func() error {
		var got welkin.Patient
		if err := p.do(b.Context(), http.MethodPost, "/gh/sb/patients", in, &got); err != nil || got.FirstName != "Charlie" {
			return errors.Join(errOther, err)
		}
		return nil
	}, func() error {
		if got, err := c.Patients.Create(b.Context(), in); err != nil || got.FirstName != "Charlie" {
			return errors.Join(errOther, err)
		}
		return nil
	})
}

// BenchmarkCold is the first call of a client, made by a thousand goroutines at once, with its login.
func BenchmarkCold(b *testing.B) {
	s := newServer(b, 1, 0)
	thousand := func(call func() error) error {
		var wg sync.WaitGroup
		failed := make(chan error, 1)
		for range 1000 {
			wg.Go(func() {
				if err := call(); err != nil {
					select {
					case failed <- err:
					default:
					}
				}
			})
		}
		wg.Wait()
		select {
		case err := <-failed:
			return err
		default:
			return nil
		}
	}
	compare(b, func() error {
		p := s.plain(b)
		defer p.http.CloseIdleConnections()
		var login sync.Once
		return thousand(func() error {
			var err error
			login.Do(func() {
				var token struct{ Token string }
				err = p.do(b.Context(), http.MethodPost, "/gh/admin/api_clients/c", map[string]string{"secret": "s"}, &token)
			})
			var got welkin.Patient
			return errors.Join(err, p.do(b.Context(), http.MethodGet, "/gh/sb/patients/5f1c", nil, &got))
		})
	}, func() error {
		c, closeIdle := s.coldClient(b)
		defer closeIdle()
		return thousand(func() error {
			_, err := c.Patients.Get(b.Context(), "5f1c", nil)
			return err
		})
	})
}
