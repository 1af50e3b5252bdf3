package ekacare_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
)

// troubles are what may become of a request whose work the server has done. In the first the process dies, and its
// context ends.
var troubles = map[string]func(die func()) (*http.Response, error){
	"killed":        func(die func()) (*http.Response, error) { die(); return nil, context.Canceled },
	"response lost": func(func()) (*http.Response, error) { return nil, errors.New("connection reset") },
	"bad gateway":   func(func()) (*http.Response, error) { return reply(502, "<html>"), nil },
	"gateway's page": func(func()) (*http.Response, error) {
		return reply(200, "<html>Please accept our terms</html>", "Content-Type", "text/html"), nil
	},
}

// mortal returns a client of a process whose nth request runs into trouble, none if n is 0. It shares nothing with
// other clients.
func mortal(t testing.TB, srv *ekacaretest.Server, n int64, trouble string) (context.Context, *ekacare.Client, *atomic.Int64) {
	t.Helper()
	ctx, die := context.WithCancel(t.Context())
	t.Cleanup(die)
	sent := new(atomic.Int64)
	quick := caremux.WithRetry(caremux.RetryPolicy{MaxAttempts: 1})
	// No connection stays open between two requests, so that waits take no time.
	c := srv.Client(quick, caremux.WithTransport(&http.Transport{DisableKeepAlives: true}),
		caremux.WithMiddleware(func(next http.RoundTripper) http.RoundTripper {
			return roundTrip(func(r *http.Request) (*http.Response, error) {
				resp, err := next.RoundTrip(r)
				at := sent.Add(1)
				if at != n && (trouble != "killed" || ctx.Err() == nil) {
					return resp, err
				}
				if err == nil {
					_ = resp.Body.Close()
				}
				return troubles[trouble](die)
			})
		}))
	return ctx, c, sent
}

// job is a flow as programs run it. It is started again with what it has kept, which is all that a killed process
// leaves.
type job struct {
	run   func(ctx context.Context, c *ekacare.Client, srv *ekacaretest.Server, kept *string) error
	check func(t *testing.T, srv *ekacaretest.Server, kill int64)
	setup func(srv *ekacaretest.Server)
}

var patientOf = func(srv *ekacaretest.Server) ekacare.Identity { return ekacare.Identity{PatientID: srv.Patient().ID} }

func keep(kept *string, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	*kept = string(data)
}

func restore(kept string, v any) bool { return kept != "" && json.Unmarshal([]byte(kept), v) == nil }

// TestAJobGoesOnAfterTroubleWithAnyRequest runs each flow with trouble at each of its requests and then, if it did not
// come to its end, again in another process. What was made must be what was reported, once.
func TestAJobGoesOnAfterTroubleWithAnyRequest(t *testing.T) {
	for name := range jobs() {
		for trouble := range troubles {
			t.Run(name+", "+trouble, func(t *testing.T) {
				t.Parallel()
				for n := int64(1); troubled(t, jobs()[name], n, trouble); n++ {
				}
			})
		}
	}
}

// troubled reports whether the run has come to its nth request.
func troubled(t *testing.T, j job, n int64, trouble string) (reached bool) {
	srv := ekacaretest.NewServer(t)
	defer srv.Close()
	if j.setup != nil {
		j.setup(srv)
	}
	synctest.Test(t, func(t *testing.T) { reached = j.troubled(t, srv, n, trouble) })
	return reached
}

func (j job) troubled(t *testing.T, srv *ekacaretest.Server, n int64, trouble string) bool {
	kept := ""
	ctx, c, sent := mortal(t, srv, n, trouble)
	err := j.run(ctx, c, srv, &kept)
	reached := sent.Load() >= n
	switch {
	case !reached && err != nil:
		t.Fatalf("a run without trouble: %v", err)
	case !reached:
		t.Logf("%s at each of %d requests", trouble, n-1)
	case err != nil:
		ctx, c, _ = mortal(t, srv, 0, trouble)
		if err := j.run(ctx, c, srv, &kept); err != nil {
			t.Errorf("%s at request %d, and then: %v", trouble, n, err)
		}
	}
	j.check(t, srv, n)
	if problems := srv.Problems(); len(problems) > 0 {
		t.Errorf("problems: %v", problems)
	}
	return reached && !t.Failed()
}

func jobs() map[string]job {
	return map[string]job{
		"booking by Eka's ids": bookingJob(
			func(b *ekacare.AppointmentBooking, srv *ekacaretest.Server) { b.PatientID = new(srv.Patient().ID) },
		),
		"booking under an id": bookingJob(func(b *ekacare.AppointmentBooking, srv *ekacaretest.Server) {
			b.PatientID, b.PartnerAppointmentID = new(srv.Patient().ID), new("visit-1")
		}),
		"booking by partner ids":      bookingJob(partnersOf),
		"booking by the recipe":       recipeJob(),
		"moving":                      movingJob(),
		"upload":                      uploadJob,
		"parsing":                     parsingJob,
		"scribe job":                  scribeJob,
		"scribe recording":            recordingJob,
		"assessment":                  assessmentJob,
		"ABHA registration by mobile": registrationJob,
		"sync":                        syncJob,
	}
}

func partnersOf(b *ekacare.AppointmentBooking, srv *ekacaretest.Server) {
	b.PartnerPatientID, b.PartnerDoctorID, b.PartnerClinicID = new(
		srv.Patient().PartnerID,
	), new(
		srv.Doctor().PartnerID,
	), new(
		srv.Clinic().PartnerID,
	)
}

func writesOf(srv *ekacaretest.Server, operation string) (ids []string) {
	for _, w := range srv.Writes() {
		if w.Operation == operation {
			ids = append(ids, w.ID)
		}
	}
	return ids
}

func bookingJob(whom func(*ekacare.AppointmentBooking, *ekacaretest.Server)) job {
	var reported atomic.Pointer[string]
	return job{
		run: func(ctx context.Context, c *ekacare.Client, srv *ekacaretest.Server, kept *string) error {
			var slot ekacare.FoundSlot // as a form or a queue keeps it
			if !restore(*kept, &slot) {
				slots, err := c.Appointments.FindSlots(
					ctx,
					ekacare.SlotQuery{DoctorID: srv.Doctor().ID, ClinicID: srv.Clinic().ID, From: caremux.NewDate(2030, time.May, 2)},
				)
				if err != nil {
					return err
				}
				slot = slots[5]
				keep(kept, slot)
			}
			booking := &ekacare.AppointmentBooking{}
			whom(booking, srv)
			a, err := c.Appointments.BookSlot(ctx, slot, booking)
			if err == nil {
				reported.Store(&a.AppointmentID)
			}
			return err
		},
		check: func(t *testing.T, srv *ekacaretest.Server, kill int64) {
			if ids := writesOf(srv, "Appointments.Book"); len(ids) != 1 || *reported.Load() != ids[0] {
				t.Errorf("trouble at request %d: made %v, reported %v", kill, ids, *reported.Load())
			}
		},
	}
}

// movingJob moves an appointment that exists, to a slot that was kept.
func movingJob() job {
	var id string
	var slot ekacare.FoundSlot
	var reported atomic.Pointer[string]
	return job{
		setup: func(srv *ekacaretest.Server) {
			ctx, c := context.Background(), srv.Client()
			slots, err := c.Appointments.FindSlots(
				ctx,
				ekacare.SlotQuery{DoctorID: srv.Doctor().ID, ClinicID: srv.Clinic().ID, From: caremux.NewDate(2030, time.May, 2)},
			)
			if err != nil {
				panic(err)
			}
			a, err := c.Appointments.BookSlot(ctx, slots[5], &ekacare.AppointmentBooking{PatientID: new(srv.Patient().ID)})
			if err != nil {
				panic(err)
			}
			id, slot = a.AppointmentID, slots[7]
		},
		run: func(ctx context.Context, c *ekacare.Client, srv *ekacaretest.Server, _ *string) error {
			a, err := c.Appointments.MoveToSlot(ctx, id, slot)
			if err == nil {
				reported.Store(&a.AppointmentID)
			}
			return err
		},
		check: func(t *testing.T, srv *ekacaretest.Server, kill int64) {
			if ids := writesOf(srv, "Appointments.Reschedule"); len(ids) != 1 || *reported.Load() != ids[0] {
				t.Errorf("trouble at request %d: moved to %v, reported %v", kill, ids, *reported.Load())
			}
		},
	}
}

// recipeJob finds the slots each time, takes what is offered when the first is gone, and keeps nothing but the id of the
// visit.
func recipeJob() job {
	j := bookingJob(nil)
	var reported atomic.Pointer[string]
	j.run = func(ctx context.Context, c *ekacare.Client, srv *ekacaretest.Server, _ *string) error {
		day := caremux.NewDate(2030, time.May, 2)
		query := ekacare.SlotQuery{DoctorID: srv.Doctor().ID, ClinicID: srv.Clinic().ID, From: day}
		slots, err := c.Appointments.FindSlots(ctx, query)
		if err != nil {
			return err
		}
		srv.TakeSlot(srv.Doctor(), srv.Clinic(), slots[0].Start) // somebody else is faster, each time
		booking := &ekacare.AppointmentBooking{PatientID: new(srv.Patient().ID), PartnerAppointmentID: new("visit-1")}
		a, err := c.Appointments.BookSlot(ctx, slots[0], booking)
		var taken *ekacare.SlotTakenError
		if errors.As(err, &taken) && len(taken.Next) > 0 {
			a, err = c.Appointments.BookSlot(ctx, taken.Next[0], booking)
		}
		var booked *ekacare.BookingError
		if errors.As(err, &booked) && booked.Stage == ekacare.BookingStageDiffers {
			a, err = booked.Appointment, nil // by a run before this one
		}
		if err == nil {
			reported.Store(&a.AppointmentID)
		}
		return err
	}
	j.check = func(t *testing.T, srv *ekacaretest.Server, n int64) {
		if ids := writesOf(srv, "Appointments.Book"); len(ids) != 1 || *reported.Load() != ids[0] {
			t.Errorf("trouble at request %d: made %v, reported %v", n, ids, *reported.Load())
		}
	}
	return j
}

var uploadJob = job{
	run: func(ctx context.Context, c *ekacare.Client, srv *ekacaretest.Server, kept *string) error {
		service := c.For(patientOf(srv)).Records
		options := &ekacare.DocumentUploadOptions{Concurrency: 1, WaitReadable: time.Minute, Progress: func(p ekacare.UploadProgress) {
			if p.Outcome != nil && ctx.Err() == nil { // a dead process keeps nothing
				keep(kept, p.Outcome)
			}
		}}
		var err error
		if outcome := new(ekacare.UploadOutcome); restore(*kept, outcome) {
			_, err = service.ResumeUpload(ctx, pictures(2, 3), outcome, options)
		} else {
			_, err = service.UploadDocuments(ctx, pictures(2, 3), options)
		}
		return err
	},
	check: func(t *testing.T, srv *ekacaretest.Server, kill int64) {
		var stored []string
		documents := map[string]bool{}
		for _, f := range srv.StoredFiles() {
			stored = append(stored, string(f.Content))
			documents[f.DocumentID] = true
		}
		slices.Sort(stored)
		if len(slices.Compact(stored)) != 6 || len(srv.StoredFiles()) != 6 || len(documents) != 2 {
			t.Errorf(
				"trouble at request %d: %d files, %d different, in %d documents",
				kill,
				len(srv.StoredFiles()),
				len(slices.Compact(stored)),
				len(documents),
			)
		}
		// Documents whose forms nobody has got stay empty: request 2 is the one for the forms.
		if made := len(writesOf(srv, "Records.CreateUploadForms")); made != 2 && kill != 2 {
			t.Errorf("trouble at request %d: %d documents were made", kill, made)
		}
	},
}

var parsingJob = job{
	run: func(ctx context.Context, c *ekacare.Client, srv *ekacaretest.Server, kept *string) error {
		wait := &ekacare.ParsingWait{
			MinWait:  time.Millisecond,
			MaxWait:  time.Millisecond,
			Progress: func(d *ekacare.ParsedDocument) { *kept = d.DocumentID },
		}
		service := c.For(patientOf(srv)).Records
		if *kept != "" {
			_, err := service.WaitParsed(ctx, *kept, wait)
			return err
		}
		_, err := service.Parse(ctx, smart, report(), wait)
		return err
	},
	check: func(t *testing.T, srv *ekacaretest.Server, kill int64) {
		// An upload to be parsed has no id of the caller's: if its response gets lost it is made again, as Parse says.
		if made := len(writesOf(srv, "Records.Upload")); made != 1 && kill != 2 {
			t.Errorf("trouble at request %d: %d documents were made", kill, made)
		}
	},
}

var spoken = []string{"ten milligrams", "twice a day", "for a week"}

// spokenFiles are read once, as a microphone is.
func spokenFiles() (files []caremux.File) {
	for _, s := range spoken {
		files = append(files, caremux.File{Name: "a.webm", Content: io.MultiReader(strings.NewReader(s))})
	}
	return files
}

func checkSpoken(t *testing.T, srv *ekacaretest.Server, kill int64, session string) {
	t.Helper()
	var all []string
	for _, a := range srv.ScribeAudio(session) {
		all = append(all, string(a.Content))
	}
	if !slices.Equal(all, spoken) || len(writesOf(srv, "ScribeSessions.Create")) != 1 || len(writesOf(srv, "ScribeSessions.End")) != 1 {
		t.Errorf("trouble at request %d: heard %q, writes %v", kill, all, srv.Writes())
	}
}

const ownSession = "session-of-visit-0001"

var scribeJob = job{
	run: func(ctx context.Context, c *ekacare.Client, _ *ekacaretest.Server, _ *string) error {
		_, err := c.ScribeSessions.Process(ctx, &ekacare.ScribeJob{
			Session: ekacare.ScribeSessionCreate{
				UploadType:     ekacare.ScribeUploadTypeChunked,
				SessionID:      new(ownSession),
				Templates:      []string{"t"},
				PatientDetails: map[string]any{"name": "Asha"},
			},
			Audio: spokenFiles(),
			Wait:  ekacare.ScribeWait{MinWait: time.Millisecond, MaxWait: time.Millisecond},
		})
		return err
	},
	check: func(t *testing.T, srv *ekacaretest.Server, kill int64) { checkSpoken(t, srv, kill, ownSession) },
}

var recordingJob = job{
	run: func(ctx context.Context, c *ekacare.Client, _ *ekacaretest.Server, kept *string) error {
		var r *ekacare.ScribeRecording
		var state ekacare.ScribeRecordingState
		var err error
		if restore(*kept, &state) {
			r, err = c.ScribeSessions.ResumeState(ctx, state)
		} else {
			r, err = c.ScribeSessions.Open(ctx, &ekacare.ScribeSessionCreate{
				UploadType: ekacare.ScribeUploadTypeChunked, SessionID: new(ownSession), Templates: []string{"t"}})
		}
		if err != nil {
			return err
		}
		keep(kept, r.State())
		for _, audio := range spokenFiles()[r.Uploaded():] {
			if _, err := r.Upload(ctx, audio); err != nil {
				return err
			}
			keep(kept, r.State())
		}
		wait := &ekacare.ScribeWait{MinWait: time.Millisecond, MaxWait: time.Millisecond}
		if _, err := r.End(ctx); err != nil && !errors.Is(err, ekacare.ErrScribeSessionEnded) {
			return err
		}
		_, err = c.ScribeSessions.Wait(ctx, r.SessionID(), wait)
		return err
	},
	check: func(t *testing.T, srv *ekacaretest.Server, kill int64) { checkSpoken(t, srv, kill, ownSession) },
}

var assessmentJob = job{
	run: func(ctx context.Context, c *ekacare.Client, _ *ekacaretest.Server, kept *string) error {
		var a *ekacare.Assessment
		var state ekacare.AssessmentState
		var err error
		if restore(*kept, &state) {
			a, err = c.Assessments.Resume(state)
		} else {
			a, err = c.Assessments.Begin(ctx, &ekacare.AssessmentInit{WorkflowID: 1000, UniqueIdentifier: "v",
				UserInfo: ekacare.AssessmentUserInfo{Age: new(40), Gender: ekacare.GenderFemale}})
		}
		if err != nil {
			return err
		}
		keep(kept, a.State())
		for !a.Done() {
			if err := a.Answer(ctx, anyAnswer(a.Question())); err != nil {
				return err
			}
			keep(kept, a.State())
		}
		_, err = a.Submit(ctx)
		return err
	},
	check: func(t *testing.T, srv *ekacaretest.Server, kill int64) {
		whole := 0
		for _, id := range writesOf(srv, "Assessments.Init") {
			switch n := len(srv.AssessmentAnswers(id)); n {
			case 4:
				whole++
			case 0: // begun by a process that was killed before it could tell
			default:
				t.Errorf("trouble at request %d: an assessment with %d answers", kill, n)
			}
		}
		if submitted := len(writesOf(srv, "Assessments.Submit")); whole != 1 || submitted != 1 {
			t.Errorf("trouble at request %d: %d assessments, %d submitted", kill, whole, submitted)
		}
	},
}

func anyAnswer(q *ekacare.AssessmentQuestion) ekacare.AssessmentAnswer {
	switch {
	case q.ComponentCode == ekacare.AssessmentComponentCodeRadioGroup:
		return ekacare.Qualify(map[string]ekacare.AssessmentQualifierID{q.ComponentData.Choices[0].ChoiceID: "p"})
	case len(q.ComponentData.Choices) > 0:
		return ekacare.Choose(q.ComponentData.Choices[0].ChoiceID)
	}
	return ekacare.Choose(q.ComponentData.AutosuggestStaticChoices.Sections[0].Choices[0].ID)
}

// registrationJob keeps each step. A step that is used up, or failed, is followed by another beginning.
var registrationJob = job{
	run: func(ctx context.Context, c *ekacare.Client, srv *ekacaretest.Server, kept *string) error {
		service := c.ABHARegistration
		profile := &ekacare.ABHAProfileInput{
			FirstName:    "Asha",
			Gender:       ekacare.GenderFemale,
			YearOfBirth:  1988,
			MonthOfBirth: 3,
			DayOfBirth:   12,
			Pincode:      "560001",
		}
		finish := func(next *ekacare.ABHAMobileNext, err error) error {
			switch {
			case err != nil:
				return err
			case next.Select != nil: // made by a run before this one
				_, err = next.Select.Choose(ctx, next.Select.Profiles[0].ABHAAddress)
			case next.Create != nil:
				saved, saveErr := next.Create.Save()
				if saveErr != nil {
					return saveErr
				}
				*kept = string(saved)
				_, err = next.Create.Create(ctx, "asha.k@abdm", profile)
			}
			return err
		}
		switch saved := ekacare.ABHASavedStep(*kept); saved.Step() {
		case ekacare.ABHAStepMobileOTP:
			step, err := service.ResumeMobileOTP(saved)
			if err != nil {
				return err
			}
			if next, err := step.Verify(ctx, srv.OTP()); err == nil || ctx.Err() != nil {
				return finish(next, err)
			}
		case ekacare.ABHAStepMobileCreate:
			step, err := service.ResumeMobileCreate(saved)
			if err != nil {
				return err
			}
			if _, err = step.Create(ctx, "asha.k@abdm", profile); err == nil || ctx.Err() != nil {
				return err
			}
		}
		step, err := service.BeginMobile(ctx, "9876543210")
		if err != nil {
			return err
		}
		saved, err := step.Save()
		if err != nil {
			return err
		}
		*kept = string(saved)
		return finish(step.Verify(ctx, srv.OTP()))
	},
	check: func(t *testing.T, srv *ekacaretest.Server, kill int64) {
		if made := writesOf(srv, "ABHARegistration.MobileCreate"); len(made) != 1 {
			t.Errorf("trouble at request %d: accounts %v", kill, made)
		}
	},
}

var syncJob = job{
	setup: func(srv *ekacaretest.Server) {
		srv.SetRecordPageSize(3)
		for i := range 10 {
			srv.AddRecord(srv.Patient().ID, ekacare.DocumentTypeLabReport, time.Now().Add(-time.Duration(i)*time.Hour))
		}
	},
	run: func(ctx context.Context, c *ekacare.Client, srv *ekacaretest.Server, kept *string) error {
		var all struct {
			Cursor caremux.SyncCursor
			Seen   []string
		}
		restore(*kept, &all)
		changes := c.For(patientOf(srv)).Records.Changes(all.Cursor)
		for r, err := range changes.All(ctx) {
			if err != nil {
				return err
			}
			all.Seen = append(all.Seen, r.RecordData.Item.DocumentID)
			all.Cursor = changes.Cursor()
			keep(kept, all)
		}
		slices.Sort(all.Seen)
		if n := len(slices.Compact(all.Seen)); n != 10 {
			return fmt.Errorf("%d of 10 records were seen", n)
		}
		return nil
	},
	check: func(*testing.T, *ekacaretest.Server, int64) {},
}
