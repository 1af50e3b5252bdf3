package ekacaretest_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
)

func TestSlotsOfThePastAreNeitherOfferedNorBooked(t *testing.T) {
	srv, c := setup(t)
	nine := time.Date(2026, time.May, 4, 9, 0, 0, 0, ekacare.IST)
	srv.SetNow(nine.Add(90 * time.Minute))
	free := must(
		c.Appointments.FindSlots(
			t.Context(),
			ekacare.SlotQuery{DoctorID: srv.Doctor().ID, ClinicID: srv.Clinic().ID, From: caremux.DateOf(nine)},
		),
	)(
		t,
	)
	if len(free) != 30 || !free[0].Start.Equal(srv.Now()) {
		t.Errorf("%d slots, the first at %v", len(free), free[0].Start)
	}
	if _, err := c.Appointments.Book(t.Context(), booking(srv, nine)); !errors.Is(err, ekacare.ErrSlotTaken) {
		t.Errorf("booked in the past: %v", err)
	}
	id := must(c.Appointments.Book(t.Context(), booking(srv, nine.Add(3*time.Hour))))(t).AppointmentID
	early := &ekacare.AppointmentReschedule{
		StartTime: ekacare.NewEpochSeconds(nine),
		EndTime:   ekacare.NewEpochSeconds(nine.Add(15 * time.Minute)),
	}
	if _, err := c.Appointments.Reschedule(t.Context(), id, early); !errors.Is(err, ekacare.ErrSlotTaken) {
		t.Errorf("moved into the past: %v", err)
	}
}

func TestPasswordsExpire(t *testing.T) {
	srv, c := setup(t)
	srv.AddABHA(ekacaretest.ABHA{Mobile: "9876543210", Address: "a.person@abdm"})
	for wait, ok := range map[time.Duration]bool{9 * time.Minute: true, 10 * time.Minute: false} {
		step := must(
			c.ABHALogin.Begin(t.Context(), &ekacare.ABHALoginInit{
				Method: new(ekacare.ABHALoginMethodMobile), Identifier: new("9876543210"),
			}),
		)(
			t,
		)
		srv.Advance(wait)
		if _, err := step.Verify(t.Context(), srv.OTP()); (err == nil) != ok || errors.Is(err, ekacare.ErrWrongOTP) {
			t.Errorf("after %v: %v", wait, err)
		}
	}
}

// The calls alone: the steps of package ekacare find it out before anything is sent.
func TestStepsBelongToThePatientForWhomTheyWereBegun(t *testing.T) {
	srv, c := setup(t)
	srv.AddABHA(ekacaretest.ABHA{Mobile: "9876543210", Address: "a.person@abdm"})
	mine, other := c.For(ekacare.Identity{PatientID: "oid-2"}), c.For(ekacare.Identity{PatientID: "oid-3"})
	begun := must(mine.ABHASession.Init(t.Context(), nil, &ekacare.ABHASessionInit{ABHAAddress: "a.person@abdm"}))(t)
	verify := &ekacare.ABHAOTPVerify{OTP: srv.OTP(), TxnID: begun.TxnID}
	if _, err := other.ABHASession.Verify(t.Context(), nil, verify); !errors.Is(err, caremux.ErrInvalid) {
		t.Errorf("verified for another: %v", err)
	}
	if _, err := mine.ABHASession.Verify(t.Context(), nil, verify); err != nil {
		t.Error(err)
	}
	sent := must(mine.ABHARegistration.MobileInit(t.Context(), &ekacare.ABHAMobileInit{MobileNumber: "9876500000"}))(t)
	if _, err := other.ABHARegistration.MobileResend(t.Context(), &ekacare.ABHAResendOTP{TxnID: sent.TxnID}); err == nil {
		t.Error("a password was sent again for another")
	}
}

func TestAssessmentsBelongToTheClientThatBeganThem(t *testing.T) {
	_, c := setup(t)
	begun := must(c.Assessments.Init(t.Context(), &ekacare.AssessmentInit{WorkflowID: 1000, UniqueIdentifier: "v",
		UserInfo: ekacare.AssessmentUserInfo{Age: new(40), Gender: ekacare.GenderFemale}}))(t)
	_, err := c.Assessments.Start(t.Context(), begun.AssessmentID, ekacare.WithClientID("another"))
	refused(t, err, 400, "assessment_ownership_mismatch")
	if _, err := c.Assessments.Start(t.Context(), begun.AssessmentID); err != nil {
		t.Error(err)
	}
}

func TestResultsBelongToTheirPatient(t *testing.T) {
	_, c := setup(t)
	mine := c.For(ekacare.Identity{PatientID: "oid-1"}).Records
	id := must(
		mine.Upload(
			t.Context(),
			&ekacare.RecordsUploadParams{Task: []ekacare.ParsingTask{ekacare.ParsingTaskSmart}},
			&ekacare.RecordUpload{File: caremux.File{Name: "a.pdf", Content: strings.NewReader("%PDF")}},
		),
	)(
		t,
	).DocumentID
	if _, err := c.For(ekacare.Identity{PatientID: "oid-2"}).Records.GetParsingResult(t.Context(), id); err == nil {
		t.Error("another patient reads the result")
	}
	if _, err := mine.GetParsingResult(t.Context(), id); err != nil {
		t.Error(err)
	}
}

func TestLimitsOfUploadsAreKept(t *testing.T) {
	srv, c := setup(t)
	before := len(srv.Writes())
	for name, files := range map[string]string{
		"a large picture": `{"contentType":"image/png","file_size":10485761}`,
		"a large PDF":     `{"contentType":"application/pdf","file_size":26214401}`,
		"an empty file":   `{"contentType":"image/png","file_size":0}`,
		"another type":    `{"contentType":"image/gif","file_size":1}`,
		"mixed types":     `{"contentType":"image/png","file_size":1},{"contentType":"application/pdf","file_size":1}`,
	} {
		status, text := send(
			t,
			srv,
			"POST",
			"/mr/api/v1/docs",
			[]byte(`{"batch_request":[{"files":[`+files+`]}]}`),
			"Authorization",
			"Bearer "+srv.LongLivedToken(),
			"X-Pt-Id",
			"oid-1",
		)
		if status != 200 || !strings.Contains(text, "error_details") || strings.Contains(text, `"fields"`) {
			t.Errorf("%s: %d %s", name, status, text)
		}
	}
	if n := len(srv.Writes()); n != before {
		t.Errorf("%d documents were made", n-before)
	}
	large := &ekacare.RecordUpload{
		File: caremux.File{Name: "a.pdf", Content: strings.NewReader(strings.Repeat("x", ekacare.MaxParsingSize+1<<16))},
	}
	if _, err := c.Records.Upload(t.Context(),
		&ekacare.RecordsUploadParams{Task: []ekacare.ParsingTask{ekacare.ParsingTaskSmart}}, large); err == nil {
		t.Error("a document of more than 10 MB is taken")
	}
}

func TestLinksExpire(t *testing.T) {
	srv, c := setup(t)
	records := c.For(ekacare.Identity{PatientID: "oid-1"}).Records
	outcome := must(
		records.UploadDocuments(
			t.Context(),
			[]ekacare.DocumentUpload{{Files: []ekacare.DocumentFile{ekacare.DocumentFileBytes("a.png", []byte("page"))}}},
			nil,
		),
	)(
		t,
	)
	file := must(records.Get(t.Context(), outcome.Items[0].DocumentID))(t).Files[0].AssetURL
	result := must(c.ScribeSessions.Process(t.Context(), scribeJob("one")))(t)
	audio := must(c.ScribeSessions.GetAudio(t.Context(), result.SessionID))(t).AudioURL
	get := func(url string) (int, string) {
		resp, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(body)
	}
	for what, link := range map[string]struct{ url, content string }{"file": {file, "page"}, "recording": {audio, "one"}} {
		if status, body := get(link.url); status != 200 || body != link.content {
			t.Errorf("%s: %d %s", what, status, body)
		}
		plain, _, _ := strings.Cut(link.url, "?")
		if status, _ := get(plain); status != 403 {
			t.Errorf("%s without a signature: %d", what, status)
		}
	}
	srv.Advance(time.Hour)
	for what, url := range map[string]string{"file": file, "recording": audio} {
		if status, _ := get(url); status != 403 {
			t.Errorf("%s after an hour: %d", what, status)
		}
	}
}
