package four

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/clinik/clinikfhir"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekafhir"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/demo"
	"github.com/caremux/caremux/snapcare"
	"github.com/caremux/caremux/snapcare/snapfhir"
	"github.com/caremux/caremux/welkin"
	"github.com/caremux/caremux/welkin/welkinfhir"
)

// manyVariable sets how many appointments each fake gets; 10,000 is the claim of the documents, and takes a minute or two.
const manyVariable = "CAREMUX_FOUR_APPOINTMENTS"

// far is how long a request is on its way, if figures are wanted.
type far struct {
	next  http.RoundTripper
	delay time.Duration
}

func (f far) RoundTrip(r *http.Request) (*http.Response, error) {
	if f.delay > 0 {
		time.Sleep(f.delay) // the distance to a server, which no fake has
	}
	return f.next.RoundTrip(r)
}

// crowd gives each fake n appointments over thirty days, and returns what reads them: as sources, and by hand.
func crowd(t testing.TB, systems *demo.Systems, n int, delay time.Duration) ([]*fhir.Source, []func(context.Context) (int, error)) {
	t.Helper()
	distance := caremux.WithMiddleware(func(next http.RoundTripper) http.RoundTripper { return far{next, delay} })
	at := func(i int) time.Time { // every source has its own minutes, some the same
		return now.Add(time.Hour + time.Duration(i)*(29*24*time.Hour/time.Duration(n))).Truncate(time.Minute)
	}
	must := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	doctor, clinic, asha := systems.Eka.Doctor(), systems.Eka.Clinic(), systems.Eka.Patient()
	for i := range n {
		systems.Eka.AddAppointment(doctor, clinic, asha, at(i))
	}
	w := systems.Welkin.Client()
	host, err := w.Users.Create(t.Context(), &welkin.UserCreate{Username: new("crowd"), FirstName: new("C"), LastName: new("D")})
	must(err)
	c := systems.Clinik.Client()
	s := systems.Snapcare.Client()
	inParallel(n, func(i int) {
		_, err := w.CalendarEvents.Create(t.Context(), &welkin.CalendarEventCreate{
			EventType: new(welkin.CalendarEventTypeAppointment), HostID: host.ID,
			StartDateTime: caremux.NewTime(at(i)), EndDateTime: caremux.NewTime(at(i).Add(time.Minute)),
			Participants: []welkin.CalendarParticipantInput{{ParticipantID: host.ID, ParticipantRole: welkin.ParticipantRolePsm}},
		})
		must(err)
		_, err = c.Appointments.Create(t.Context(), &clinik.AppointmentCreate{
			Status: clinik.AppointmentStatusBooked, PatientID: "pt_1", Start: new(caremux.NewTime(at(i))), MinutesDuration: new(5),
		})
		must(err)
	})
	zone, bobby := systems.Snapcare.Zone(), systems.Snapcare.AddPatient("Bobby", "Crowd")
	for i := range n { // a clinician for each, as none can be at two places
		who := systems.Snapcare.AddClinician("C", strconv.Itoa(i))
		_, err := s.Appointments.AdminCreate(t.Context(), &snapcare.AppointmentCreate{
			AvailabilityBlockID: systems.Snapcare.AddBlock(who, at(i), at(i).Add(time.Minute)),
			StartTime:           snapcare.NewLocalTime(at(i), zone), EndTime: snapcare.NewLocalTime(at(i).Add(time.Minute), zone),
			AppointmentTypeCode: snapcare.AppointmentTypeCodeClinicianScheduled, EncounterTypeCode: snapcare.EncounterTypeCodeVideo,
			Participants: []snapcare.AppointmentParticipantInput{
				snapcare.ClinicianParticipant(who.ID), snapcare.PatientParticipant(bobby.ID),
			},
			IntakeMetadata: snapcare.IntakeMetadataInput{AdditionalNotes: new("x")}, ServiceTypeID: 307,
		})
		must(err)
	}

	eka, err := systems.Eka.NewClient(distance)
	must(err)
	w, err = systems.Welkin.NewClient(distance)
	must(err)
	c, err = systems.Clinik.NewClient(distance)
	must(err)
	s, err = systems.Snapcare.NewClient(distance)
	must(err)
	login := systems.Welkin.Credentials()
	var sources []*fhir.Source
	for _, made := range []func() (*fhir.Source, error){
		func() (*fhir.Source, error) { return ekafhir.NewSource(eka, ekafhir.Mapping{}) },
		func() (*fhir.Source, error) {
			return welkinfhir.NewSource(w, welkinfhir.Mapping{Tenant: login.Tenant, Instance: login.Instance})
		},
		func() (*fhir.Source, error) { return clinikfhir.NewSource(c, clinikfhir.Mapping{}) },
		func() (*fhir.Source, error) {
			return snapfhir.NewSource(s, snapfhir.Mapping{
				Host: snapcare.SandboxHost, HospitalID: systems.Snapcare.Credentials().HospitalID, Zone: zone,
			})
		},
	} {
		source, err := made()
		must(err)
		sources = append(sources, source)
	}
	return sources, byHand(eka, w, c, s, zone)
}

// byHand are the four lists as somebody would read them without this.
func byHand(
	eka *ekacare.Client, w *welkin.Client, c *clinik.Client, s *snapcare.Client, zone *time.Location,
) []func(context.Context) (int, error) {
	from, to := now, now.AddDate(0, 0, 30)
	return []func(context.Context) (int, error){
		func(ctx context.Context) (n int, err error) {
			for day := from; !day.After(to); day = day.AddDate(0, 0, 7) { // each day once: the last one is part of the range
				got, err := length(eka.Appointments.All(ctx, &ekacare.AppointmentsListParams{
					StartDate: new(caremux.DateOf(day)), EndDate: new(caremux.DateOf(day.AddDate(0, 0, 6))),
				}))
				if err != nil {
					return n, err
				}
				n += got
			}
			return n, nil
		},
		func(ctx context.Context) (int, error) {
			return length(w.CalendarEvents.All(ctx, &welkin.CalendarEventsListParams{
				From: new(caremux.NewTime(from)), To: new(caremux.NewTime(to)), Size: new(100), IncludeCancelled: new(true),
			}))
		},
		func(ctx context.Context) (int, error) {
			return length(c.Appointments.SearchAll(ctx, &clinik.AppointmentsSearchParams{
				DateFrom: new(caremux.DateOf(from)), DateTo: new(caremux.DateOf(to)), Count: new(100),
			}))
		},
		func(ctx context.Context) (int, error) {
			return length(s.Appointments.AdminAll(ctx, &snapcare.AppointmentsAdminListParams{
				StartDate: snapcare.NewLocalTime(from, zone), EndDate: snapcare.NewLocalTime(to, zone),
			}))
		},
	}
}

func length[T any](all iter.Seq2[T, error]) (n int, err error) {
	for _, err := range all {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func inParallel(n int, do func(i int)) {
	var running sync.WaitGroup
	for worker := range 4 {
		running.Go(func() {
			for i := worker; i < n; i += 4 {
				do(i)
			}
		})
	}
	running.Wait()
}

func TestManyAppointmentsMergeAsTheListsSortedTogether(t *testing.T) {
	if testing.Short() {
		t.Skip("it computes for long in one goroutine")
	}
	n, delay := 300, time.Duration(0)
	figures := false
	if text := os.Getenv(manyVariable); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
		figures, delay = true, 50*time.Millisecond
	}
	systems := start(t)
	sources, hand := crowd(t, systems, n, delay)
	q := week()

	var want []*fhir.Appointment
	for _, s := range sources {
		one := time.Now()
		for _, r := range find(t, s, "Appointment", q) {
			want = append(want, r.(*fhir.Appointment))
		}
		if figures {
			t.Logf("%s as FHIR: %v", s.Name(), time.Since(one))
		}
	}
	slices.SortStableFunc(want, func(a, b *fhir.Appointment) int {
		x, _ := a.Start.Time()
		y, _ := b.Start.Time()
		return x.Compare(y)
	})
	ids := make([]string, len(want))
	for i, a := range want {
		ids[i] = a.ID
	}
	want = nil
	if len(ids) < 4*n {
		t.Fatalf("%d appointments, want %d at least", len(ids), 4*n)
	}

	merged, err := fhir.Merge(sources...)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	i := 0
	for a, err := range merged.Appointments(t.Context(), q) {
		if err != nil {
			t.Fatal(err)
		}
		if i >= len(ids) || a.ID != ids[i] {
			t.Fatalf("appointment %d is %s", i, a.ID)
		}
		i++
	}
	took := time.Since(began)
	if i != len(ids) {
		t.Errorf("%d appointments, want %d", i, len(ids))
	}
	if figures {
		t.Logf("merged: %d appointments in %v", i, took)
		began = time.Now()
		total := 0
		for i, list := range hand {
			one := time.Now()
			read, err := list(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			total += read
			t.Logf("%s by hand: %d in %v", sources[i].Name(), read, time.Since(one))
		}
		alone := time.Since(began)
		t.Logf("by hand, one list after another, without mapping: %d in %v; merged takes %.2f of it",
			total, alone, float64(took)/float64(alone))
		t.Logf("heap: %s", heap(t, merged, q, len(ids)))
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		t.Logf("heap of the fakes alone: %.1f MB", float64(m.HeapAlloc)/1e6)
		runtime.KeepAlive(systems)
	}
}

// heap reads all again and says what is allocated at a tenth, a half and nine tenths.
func heap(t *testing.T, s *fhir.Source, q fhir.Query, n int) (text string) {
	t.Helper()
	i := 0
	for _, err := range s.Appointments(t.Context(), q) {
		if err != nil {
			t.Fatal(err)
		}
		if i++; i == n/10 || i == n/2 || i == n*9/10 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			text += fmt.Sprintf("%.1f MB at %d; ", float64(m.HeapAlloc)/1e6, i)
		}
	}
	return text
}
