package snapcare_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/snapcare"
)

// TestSingleValuesArriveInAnyWrapping has the forms that the vendor's document and its client differ about.
func TestSingleValuesArriveInAnyWrapping(t *testing.T) {
	for _, wrap := range []string{
		`%s`, `{"data":%s}`, `{"data":[%s],"total":1}`, `[%s]`, ` {"$id":"1","data":{"$id":"2","$values":[%s]},"total":1} `,
	} {
		body := func(value string) string { return fmt.Sprintf(wrap, value) }
		if paid, err := ready(t, 200, body(`true`)).Payments.GetCopayStatus(t.Context(), 1); err != nil || !paid {
			t.Errorf("%s: boolean %v, %v", wrap, paid, err)
		}
		if text, err := ready(t, 200, body(`"terms"`)).Files.GetDocumentText(t.Context(),
			snapcare.DocumentTypeCodeTermsAndConditions, 126); err != nil || text != "terms" {
			t.Errorf("%s: text %q, %v", wrap, text, err)
		}
		for _, code := range []string{`5`, `"PatientMarkConsultationasFullfill"`} {
			status, err := ready(t, 200, body(code)).Encounters.GetPatientConnectionStatus(t.Context(), 1)
			if err != nil || status != snapcare.PatientConnectionStatusMarkedFulfilled {
				t.Errorf("%s: code %v, %v", wrap, status, err)
			}
		}
		user, err := ready(t, 200, body(`{"id":7,"username":"ann"}`)).Account.GetUser(t.Context())
		if err != nil || *user.ID != 7 || user.Username != "ann" || string(user.RawJSON()) != `{"id":7,"username":"ann"}` {
			t.Errorf("%s: record %+v, %v", wrap, user, err)
		}
	}
	// Zero is an answer.
	status, err := ready(t, 200, `{"data":[0]}`).Patients.ReplaceAccountSettings(t.Context(), &snapcare.AccountSettingsReplace{})
	if err != nil || status != snapcare.AccountSettingsChangeStatusEmailExists {
		t.Errorf("got %v, %v", status, err)
	}
	for _, body := range []string{``, `<html>`, `{"data":["x"]}`, `{"data":[{}]}`, `{"data":[tru]}`} {
		if paid, err := ready(t, 200, body).Payments.GetCopayStatus(t.Context(), 1); !errors.Is(err, caremux.ErrUnreadable) || paid {
			t.Errorf("%s: %v, %v", body, paid, err)
		}
	}
}

// TestAnswersWithoutARecordAreNoBlankRecords has what must not become an empty struct.
func TestAnswersWithoutARecordAreNoBlankRecords(t *testing.T) {
	for body, want := range map[string]error{
		`null`: caremux.ErrNotFound, `[]`: caremux.ErrNotFound, `[null]`: caremux.ErrNotFound, `{"data":[null]}`: caremux.ErrNotFound,
		`{"message":"no such user","total":0}`: caremux.ErrNotFound, `{"total":0}`: caremux.ErrNotFound,
		`{"message":null,"success":false}`: caremux.ErrNotFound, `"x"`: caremux.ErrUnreadable,
		`7`: caremux.ErrUnreadable, `<html></html>`: caremux.ErrUnreadable, ``: caremux.ErrUnreadable,
		`{"data":"x"}`: caremux.ErrUnreadable, `{"data":[7]}`: caremux.ErrUnreadable,
		`{"data":[{"id":7}]`: caremux.ErrUnreadable,
	} {
		user, err := ready(t, 200, body).Account.GetUser(t.Context())
		if !errors.Is(err, want) || user != nil {
			t.Errorf("%s: got %v, %v, want %v", body, user, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "such user") {
			t.Errorf("the error holds the answer: %v", err)
		}
	}
	if session, err := ready(t, 200, `{"message":"m"}`).Account.CreateSession(t.Context(),
		&snapcare.SessionCreate{}); !errors.Is(err, caremux.ErrUnreadable) {
		t.Errorf("got %v, %v", session, err)
	}
}

func TestReferencesInAnswersAreFollowed(t *testing.T) {
	page, err := ready(t, 200, `{"$id":"1","data":[
		{"$id":"2","appointmentId":"a","participants":[{"$id":"3","personId":"p","person":{"$id":"4","id":"p","name":{"$id":"5","given":"Added"}}}]},
		{"$id":"6","appointmentId":"b","participants":[{"$ref":"3"}]}],"total":2}`).Appointments.ListForClinician(t.Context(), nil)
	if err != nil || len(page.Items) != 2 {
		t.Fatalf("got %+v, %v", page, err)
	}
	for _, a := range page.Items {
		if len(a.Participants) != 1 || a.Participants[0].Person == nil ||
			a.Participants[0].Person.Name.Given != "Added" || len(a.Extra()) != 0 {
			t.Errorf("got %s", a.RawJSON())
		}
	}
}

// page200 is a page of patients of which all but the first name the same large person.
func page200() string {
	var b strings.Builder
	fmt.Fprintf(&b, `{"$id":"1","data":[{"$id":"2","patientId":1,"person":{"$id":"3","id":"p","photo":"%s"}}`,
		strings.Repeat("x", 1<<20))
	for i := range 199 {
		fmt.Fprintf(&b, `,{"$id":"%d","patientId":%d,"person":{"$ref":"3"}}`, i+10, i+2)
	}
	return b.String() + `],"total":200}`
}

func TestReferencesToALargeObjectLeaveNothingBlank(t *testing.T) {
	body := page200()
	page, err := ready(t, 200, body).Hospitals.ListPatients(t.Context(), 126, nil)
	if err != nil || len(page.Items) != 200 || string(page.RawJSON()) != body {
		t.Fatalf("%d patients, %v", len(page.Items), err)
	}
	for i, p := range page.Items {
		if *p.PatientID != i+1 || p.Person == nil || p.Person.ID != "p" || p.Mismatch() != nil {
			t.Fatalf("patient %d is %+v", i, p)
		}
	}
	last := page.Items[199]
	if raw := last.RawJSON(); len(raw) < 1<<20 || len(last.Extra()) != 0 || len(last.Person.RawJSON()) < 1<<20 ||
		len(last.Person.Extra()) != 1 {
		t.Errorf("%d bytes of JSON, %d of the person", len(raw), len(last.Person.RawJSON()))
	}
}

func TestReferencesToNothingAreErrors(t *testing.T) {
	for name, body := range map[string]string{
		"record":           `{"$id":"1","data":[{"$id":"2","patientId":1},{"$ref":"9"}],"total":2}`,
		"within a record":  `{"$id":"1","data":[{"$id":"2","patientId":1,"person":{"$ref":"9"}}],"total":2}`,
		"beside the list":  `{"$id":"1","data":[{"$id":"2","patientId":1}],"x":{"$ref":"9"}}`,
		"the whole":        `{"$ref":"9"}`,
		"the whole itself": `{"$id":"9","$ref":"9"}`,
	} {
		page, err := ready(t, 200, body).Hospitals.ListPatients(t.Context(), 126, nil)
		if !errors.Is(err, caremux.ErrUnreadable) || page != nil {
			t.Errorf("%s: got %+v, %v", name, page, err)
		}
		_, err = ready(t, 200, body).Appointments.AdminCreate(t.Context(), seedAppointment(t))
		var e *caremux.Error
		if !errors.As(err, &e) || !e.MaybeApplied() || !errors.Is(err, caremux.ErrUnreadable) {
			t.Errorf("%s of a booking: %v", name, err)
		}
	}
}

func TestListAndRecordsMayBeNames(t *testing.T) {
	for name, body := range map[string]string{
		"list":        `{"$id":"1","rows":{"$id":"2","$values":[{"patientId":1},{"patientId":2}]},"data":{"$ref":"2"},"total":2}`,
		"list behind": `{"$id":"1","data":{"$ref":"2"},"rows":{"$id":"2","$values":[{"patientId":1},{"patientId":2}]},"total":2}`,
		"records": `{"$id":"1","rows":[{"$id":"2","patientId":1},{"$id":"3","patientId":2}],` +
			`"data":[{"$ref":"2"},{"$ref":"3"}],"total":2}`,
		"one record twice": `{"$id":"1","data":[{"$id":"2","patientId":1},{"$ref":"2"}],"total":2}`,
	} {
		page, err := ready(t, 200, body).Hospitals.ListPatients(t.Context(), 126, nil)
		if err != nil || len(page.Items) != 2 || *page.Items[0].PatientID != 1 ||
			*page.Items[1].PatientID == 2 != (name != "one record twice") {
			t.Errorf("%s: %+v, %v", name, page, err)
		}
	}
	user, err := ready(t, 200, `{"$id":"1","user":{"$id":"2","id":7,"username":"ann"},"data":[{"$ref":"2"}]}`).Account.GetUser(t.Context())
	if err != nil || user.Username != "ann" {
		t.Errorf("got %+v, %v", user, err)
	}
	var raw json.RawMessage
	if err := ready(t, 200, `[{"$id":"1","a":1},{"$ref":"1"}]`).Do(t.Context(), "GET", "/v2/x", nil, nil,
		&raw); err != nil || string(raw) != `[{"a":1},{"a":1}]` {
		t.Errorf("got %s, %v", raw, err)
	}
}

func TestImageIsUploadedAsAForm(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != "POST" || r.URL.RequestURI() != "/v2.1/patients/profile-images?patientId=25937" ||
			r.Header.Get("Authorization") != "Bearer ready" {
			t.Errorf("got %s %s", r.Method, r.URL)
		}
		media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil || media != "multipart/form-data" {
			t.Errorf("Content-Type %s, %v", media, err)
		}
		form := multipart.NewReader(r.Body, params["boundary"])
		part, err := form.NextPart()
		if err != nil {
			t.Error(err)
			return
		}
		content, _ := io.ReadAll(part)
		if part.FormName() != "file" || part.FileName() != "face.png" || part.Header.Get("Content-Type") != "image/png" ||
			string(content) != "\x89PNG\r\n" {
			t.Errorf("part %q %q %q: %q", part.FormName(), part.FileName(), part.Header.Get("Content-Type"), content)
		}
		if _, err := form.NextPart(); err != io.EOF {
			t.Errorf("another part: %v", err)
		}
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"data":[{"id":"i","uri":"/images/i"}],"total":1}`)
	}))
	defer server.Close()
	image, err := newClient(t, server.URL).Patients.UploadProfileImage(t.Context(),
		&snapcare.PatientsUploadProfileImageParams{PatientID: 25937},
		&snapcare.ImageUpload{File: caremux.File{Name: "face.png", Content: strings.NewReader("\x89PNG\r\n")}})
	if err != nil || image.ID != "i" || image.URI != "/images/i" {
		t.Errorf("got %+v, %v", image, err)
	}
}

func TestImageIsDownloadedAsAStream(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v2.1/images/gone" {
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `"no such image"`)
			return
		}
		if r.Method != "GET" || r.URL.RequestURI() != "/v2.1/clinicians/profile-images?clinicianUserId=6653" ||
			r.Header.Get("Accept") != "image/png" {
			t.Errorf("got %s %s, Accept %s", r.Method, r.URL, r.Header.Get("Accept"))
		}
		w.Header().Set("Content-Type", "image/png")
		_, _ = io.WriteString(w, "first")
		w.(http.Flusher).Flush()
		<-release // the rest is sent when the caller has the beginning
		_, _ = io.WriteString(w, "second")
	}))
	defer server.Close()
	c := newClient(t, server.URL)
	image, err := c.Clinicians.GetProfileImage(t.Context(), &snapcare.CliniciansGetProfileImageParams{ClinicianUserID: 6653})
	if err != nil {
		close(release)
		t.Fatal(err)
	}
	begin := make([]byte, 5)
	_, err = io.ReadFull(image, begin)
	close(release)
	if err != nil || string(begin) != "first" || image.ContentType != "image/png" || image.Size != -1 {
		t.Errorf("got %q of %s, %d bytes, %v", begin, image.ContentType, image.Size, err)
	}
	if rest, err := io.ReadAll(image); err != nil || string(rest) != "second" {
		t.Errorf("the rest is %q, %v", rest, err)
	}
	if err := image.Close(); err != nil {
		t.Error(err)
	}
	_, err = c.Files.GetImage(t.Context(), "gone")
	var e *caremux.Error
	if !errors.Is(err, caremux.ErrNotFound) || !errors.As(err, &e) || e.Message != "no such image" {
		t.Errorf("got %v", err)
	}
}
