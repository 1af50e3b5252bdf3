package ekacare_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
)

// crowd is 50 patients who want 10 slots, over a network on which half of the responses are faulty.
type crowd struct {
	srv *ekacaretest.Server

	mu       sync.Mutex
	rnd      *rand.Rand
	faulty   int
	sent     int
	reported map[string]map[string]bool // by patient: the appointments that the runs of the job returned
	taken    int
	unknown  int
}

func (c *crowd) chance(n int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rnd.IntN(n)
}

// RoundTrip makes every second response faulty, in one of six ways.
func (c *crowd) wrap(next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		way := c.chance(12)
		c.mu.Lock()
		c.sent++
		if way < 6 {
			c.faulty++
		}
		c.mu.Unlock()
		if way == 0 { // nothing arrives
			return nil, errors.New("connection reset")
		}
		resp, err := next.RoundTrip(r)
		if err != nil || way >= 6 {
			return resp, err
		}
		_ = resp.Body.Close()
		switch way {
		case 1:
			return nil, errors.New("connection reset")
		case 2:
			return reply(502, "<html>"), nil
		case 3:
			return reply(200, "<html>Please accept our terms</html>", "Content-Type", "text/html"), nil
		case 4:
			cut := reply(200, `{"appointment_id":"appo`)
			cut.ContentLength = 100
			return cut, nil
		}
		time.Sleep(time.Duration(c.chance(4000)) * time.Millisecond)
		return reply(504, ""), nil
	})
}

// note keeps what a run was told.
func (c *crowd) note(t *testing.T, patient string, slot ekacare.FoundSlot, a *ekacare.Appointment, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reported[patient] == nil {
		c.reported[patient] = map[string]bool{}
	}
	var taken *ekacare.SlotTakenError
	switch {
	case err == nil:
		c.reported[patient][a.AppointmentID] = true
		if a.PatientID != patient || !a.StartTime.Equal(slot.Start) {
			t.Error("a patient got the appointment of another, or another one")
		}
	case errors.As(err, &taken):
		if c.taken++; taken.Held != nil {
			c.reported[patient][taken.Held.AppointmentID] = true
		}
	case errors.As(err, new(*ekacare.BookingError)):
		c.unknown++
	}
}

// run is a job as a queue runs it: until it has an end. With the recipe of the documentation it takes what is offered
// instead.
func (c *crowd) run(
	t *testing.T, client *ekacare.Client, wanted ekacare.FoundSlot, booking *ekacare.AppointmentBooking, recipe bool,
) {
	slot := wanted
	for range 1000 { // half of its calls fail, and others take what it is offered: how often depends on who runs when
		a, err := client.Appointments.BookSlot(t.Context(), slot, booking)
		c.note(t, *booking.PatientID, slot, a, err)
		var taken *ekacare.SlotTakenError
		switch errors.As(err, &taken); {
		case err == nil, taken != nil && (!recipe || taken.Held != nil):
			return
		case taken != nil && len(taken.Next) > 0:
			slot = taken.Next[0]
		default:
			slot = wanted // the job fails, and is run again
			time.Sleep(time.Second)
		}
	}
	t.Error("a job does not come to its end")
}

// TestFiftyPatientsOnTenSlots counts what was made and what was reported. With CAREMUX_CROWD=all each way runs with
// three seeds, and with -short only the first way runs.
func TestFiftyPatientsOnTenSlots(t *testing.T) {
	for _, seed := range []uint64{1, 2, 3} {
		for name, how := range map[string]struct {
			seed        uint64 // that is always run
			own, recipe bool   // ids of their own; offers are taken
			want        int
		}{
			"ten get one":                         {1, false, false, 10},
			"ten get one, under ids of their own": {2, true, false, 10},
			"all get one by the recipe":           {3, false, true, 50},
		} {
			if (how.seed != seed || testing.Short() && seed > 1) && os.Getenv("CAREMUX_CROWD") != "all" {
				continue
			}
			t.Run(fmt.Sprint("seed ", seed, ", ", name), func(t *testing.T) {
				srv := ekacaretest.NewServer(t)
				day := ekacare.SlotQuery{DoctorID: srv.Doctor().ID, ClinicID: srv.Clinic().ID, From: caremux.NewDate(2030, time.May, 2)}
				slots := must[[]ekacare.FoundSlot](t)(srv.Client().Appointments.FindSlots(t.Context(), day))
				c := &crowd{srv: srv, rnd: rand.New(rand.NewPCG(seed, 7)), reported: map[string]map[string]bool{}}
				var patients []ekacaretest.Patient
				for i := range 50 {
					patients = append(patients, srv.AddPatient("P", fmt.Sprint(i), fmt.Sprintf("pp-%d", i), fmt.Sprintf("+9198765%05d", i)))
				}
				synctest.Test(t, func(t *testing.T) {
					// No connection stays open between two requests, so that waits take no time.
					client := srv.Client(
						caremux.WithTransport(&http.Transport{DisableKeepAlives: true}),
						caremux.WithMiddleware(c.wrap),
						caremux.WithTokenSource(
							caremux.StaticToken(srv.LongLivedToken()),
						),
						caremux.WithRetry(caremux.RetryPolicy{MaxAttempts: 2, MinWait: time.Millisecond}),
					)
					var jobs sync.WaitGroup
					for i, p := range patients {
						booking := &ekacare.AppointmentBooking{PatientID: new(p.ID)}
						if how.own {
							booking.PartnerAppointmentID = new(fmt.Sprint("visit-", i))
						}
						run := func() { c.run(t, client, slots[i%10], booking, how.recipe) }
						again := i%3 == 0 // every third job is run twice: at one time, or by the recipe one after the other
						jobs.Go(func() {
							run()
							if again && how.recipe {
								run()
							}
						})
						if again && !how.recipe {
							jobs.Go(func() {
								time.Sleep(time.Duration(c.chance(3000)) * time.Millisecond)
								run()
							})
						}
					}
					jobs.Wait()
				})
				c.check(t, how.want)
			})
		}
	}
}

func (c *crowd) check(t *testing.T, want int) {
	t.Helper()
	made := map[string]bool{}
	for _, id := range writesOf(c.srv, "Appointments.Book") {
		made[id] = true
	}
	reported, doubled := map[string]bool{}, 0
	for _, ids := range c.reported {
		for id := range ids {
			if reported[id] {
				t.Error("one appointment was reported to two patients")
			}
			reported[id] = true
		}
		if len(ids) > 1 {
			doubled++
		}
	}
	for id := range made {
		if !reported[id] {
			t.Error("an appointment was made and reported to nobody")
		}
	}
	t.Logf("%d requests, %d faulty; made %d, reported %d, doubled %d; taken %d, unknown at first %d",
		c.sent, c.faulty, len(made), len(reported), doubled, c.taken, c.unknown)
	if len(made) != want || len(reported) != want || doubled != 0 {
		t.Error("the books do not balance")
	}
}
