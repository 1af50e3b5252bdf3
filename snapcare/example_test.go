package snapcare_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/snapcare"
)

// exampleClient stands in for snapcare.New or snapcare.NewFromEnv, so that the examples run without a network. Its server takes
// any login and gives the answers in their order.
func exampleClient(status int, answers ...string) (*snapcare.Client, func()) {
	n := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == "POST" && strings.HasSuffix(r.URL.Path, "/user-sessions") {
			_, _ = fmt.Fprintf(w, `{"accessToken":"t","expires":%q}`, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
			return
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answers[min(n, len(answers)-1)])
		n++
	}))
	c, err := snapcare.New(snapcare.Credentials{
		DeveloperID: "developer", APIKey: "key", HospitalID: 126,
		UserType: snapcare.UserTypeCustomer, Email: "added@example.org", Password: "secret",
	}, caremux.WithBaseURL(s.URL))
	if err != nil {
		panic(err)
	}
	return c, s.Close
}

func ExampleNew() {
	credentials := snapcare.Credentials{
		Host:        snapcare.SandboxHost,
		DeveloperID: "developer",
		APIKey:      "key",
		HospitalID:  126,
		UserType:    snapcare.UserTypeClinician,
		Email:       "ann@example.org",
		Password:    "secret",
	}
	_, err := snapcare.New(credentials) // nothing is sent yet
	fmt.Println(err)
	fmt.Println(credentials)

	credentials.Host = "https://" + snapcare.SandboxHost
	_, err = snapcare.New(credentials)
	fmt.Println(err)
	// Output:
	// <nil>
	// snapcare credentials of Clinician of hospital 126 at sandbox.connectedcare.md
	// Credentials.Host must be a host name such as sandbox.connectedcare.md, without https:// and path
}

func ExampleAppointmentsService_PatientCreate() {
	c, done := exampleClient(200, `{"appointmentId": "eb4c16e2-f499-4b6d-8868-d3912da23fad", "appointmentStatusCode": "Scheduled",
		"startTime": "2019-03-14T17:48:00-04:00", "endTime": "2019-03-14T17:50:00-04:00"}`)
	defer done()
	zone, err := time.LoadLocation("America/New_York") // of the user who is logged in
	if err != nil {
		fmt.Println(err)
		return
	}

	start := time.Date(2019, time.March, 14, 21, 48, 0, 0, time.UTC) // in whichever zone
	order := &snapcare.AppointmentCreate{
		AvailabilityBlockID: "a9799648-b068-4c71-aca1-62ae6717b999",
		AppointmentTypeCode: snapcare.AppointmentTypeCodePatientScheduled,
		EncounterTypeCode:   snapcare.EncounterTypeCodeVideo,
		ServiceTypeID:       307,
		StartTime:           snapcare.NewLocalTime(start, zone),
		EndTime:             snapcare.NewLocalTime(start.Add(2*time.Minute), zone),
		Participants: []snapcare.AppointmentParticipantInput{
			snapcare.ClinicianParticipant("53484dcc-83ea-4e9f-8af7-c93bbeb1445d"),
			snapcare.PatientParticipant("5b4fd4d8-d234-40ee-bd7c-1894411c9b21"),
		},
		IntakeMetadata: snapcare.IntakeMetadataInput{Concerns: []snapcare.ConcernInput{{
			IsPrimary:  new(true),
			CustomCode: &snapcare.CustomCodeInput{Code: new(2305), Description: new("Fever (100+)")},
		}}},
	}
	fmt.Println("local time:", order.StartTime)
	a, err := c.Appointments.PatientCreate(context.Background(), order)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(a.AppointmentID, a.AppointmentStatusCode, a.StartTime)

	// Without a zone nothing is sent.
	order.StartTime = snapcare.NewLocalTime(start, nil)
	_, err = c.Appointments.PatientCreate(context.Background(), order)
	fmt.Println(err)
	// Output:
	// local time: 2019-03-14T17:48:00
	// eb4c16e2-f499-4b6d-8868-d3912da23fad Scheduled 2019-03-14T17:48:00-04:00
	// snapcare: Appointments.PatientCreate: startTime must come with the time zone of the hospital or user: make it with NewLocalTime or ParseLocalTime
}

func ExampleParseLocalTime() {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, text := range []string{"2019-03-14T17:48:00", "2019-03-10T02:30:00", "2019-11-03T01:30:00"} {
		t, err := snapcare.ParseLocalTime(text, zone)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(t.Time().UTC().Format(time.RFC3339), t.Ambiguous())
	}
	// Output:
	// 2019-03-14T21:48:00Z false
	// local time must exist: clocks in that time zone are set forward past it
	// 2019-11-03T05:30:00Z true
}

// A zone from the vendor's list goes with the times, so that they do not depend on who is logged in.
func ExampleTimeZones_ZonedTime() {
	c, done := exampleClient(200,
		`{"data": [{"id": 3, "name": "Eastern Standard Time"}, {"id": 9, "name": "India Standard Time"}], "total": 2}`)
	defer done()
	zones, err := snapcare.LoadTimeZones(context.Background(), c)
	if err != nil {
		fmt.Println(err)
		return
	}
	start := time.Date(2019, time.March, 14, 21, 48, 0, 0, time.UTC)
	zoned, err := zones.ZonedTime(start, start.Add(2*time.Minute), 9)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(zoned.StartTime, zoned.StartTime.Location())
	// Output: 2019-03-15T03:18:00 Asia/Kolkata
}

func ExampleAvailabilityBlocksService_All() {
	c, done := exampleClient(200, `{"data": [{"id": "b1", "startTime": "2019-03-14T09:00:00-04:00"},
		{"id": "b2", "startTime": "2019-03-15T09:00:00-04:00"}], "total": 2}`)
	defer done()

	params := &snapcare.AvailabilityBlocksListParams{ClinicianIDs: []int{6653}}
	for block, err := range c.AvailabilityBlocks.All(context.Background(), params) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(block.ID, block.StartTime)
	}
	// Output:
	// b1 2019-03-14T09:00:00-04:00
	// b2 2019-03-15T09:00:00-04:00
}

func ExamplePatientsService_ListAuthorized() {
	c, done := exampleClient(200,
		`{"data": [{"patientId": 1}, {"patientId": 2}], "total": 2}`, // the vendor counts this page alone
		`{"data": [{"patientId": 3}], "total": 1}`)
	defer done()

	page, err := c.Patients.ListAuthorized(context.Background(), &snapcare.PatientsListAuthorizedParams{Take: new(2)})
	for err == nil {
		for _, p := range page.Items {
			fmt.Println(*p.PatientID)
		}
		if page.Total != nil {
			fmt.Println("of", *page.Total)
		}
		page, err = page.Next(context.Background())
	}
	fmt.Println(errors.Is(err, caremux.ErrNoNextPage))
	// Output:
	// 1
	// 2
	// 3
	// of 3
	// true
}

func ExamplePatientsService_UploadProfileImage() {
	c, done := exampleClient(200, `{"data": [{"id": "6d6f", "uri": "/api/v2.1/images/6d6f"}], "total": 1}`)
	defer done()

	image, err := c.Patients.UploadProfileImage(context.Background(), &snapcare.PatientsUploadProfileImageParams{PatientID: 25937},
		&snapcare.ImageUpload{File: caremux.File{Name: "face.png", Content: strings.NewReader("\x89PNG")}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(image.ID, image.URI)
	// Output: 6d6f /api/v2.1/images/6d6f
}

func ExampleFilesService_GetImage() {
	c, done := exampleClient(200, "\x89PNG\r\n\x1a\n")
	defer done()

	image, err := c.Files.GetImage(context.Background(), "6d6f")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer image.Close()
	n, err := io.Copy(io.Discard, image) // as it arrives
	fmt.Println(n, err)
	// Output: 8 <nil>
}

func ExampleClient_Participant() {
	c, done := exampleClient(200, `{"data": [{"consultationInfo": {}}], "total": 1}`)
	defer done()

	_, err := c.Encounters.ListForParticipant(context.Background())
	fmt.Println(err)

	guest := c.Participant("the token of the invitation")
	_, err = guest.Encounters.ListForParticipant(context.Background())
	fmt.Println(err)

	guest = c.Participant("eyJhbGciOiJIUzI1NiJ9.e30.c2ln")
	consultations, err := guest.Encounters.ListForParticipant(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(consultations.Items))
	// Output:
	// snapcare: Encounters.ListForParticipant: client must be a participant's: make it with Client.Participant
	// snapcare: Encounters.ListForParticipant: participant's token must be printable ASCII, not empty, without blanks
	// 1
}

func ExampleErrorResponse() {
	c, done := exampleClient(400, `{"responseCode": 1000404, "message": "Appointment not found",
		"spCallResult": {"DbName": "ConnectedCareTest", "Duration": 260.5497, "ErrorCode": 1000404, "Error": "Appointment not found"}}`)
	defer done()

	err := c.Appointments.PatientDelete(context.Background(), "eb4c16e2-f499-4b6d-8868-d3912da23fad")
	fmt.Println(errors.Is(err, caremux.ErrNotFound))
	var e *caremux.Error
	if errors.As(err, &e) {
		fmt.Println(e.Status, e.Code == snapcare.CodeNotFound)
		if answer, ok := e.Details.(*snapcare.ErrorResponse); ok {
			fmt.Println(answer.Message, *answer.SPCallResult.Duration)
		}
	}
	// Output:
	// true
	// 400 true
	// Appointment not found 260.5497
}

// A token that works gets a 401 for calls that are for another kind of user. The client does not log in again for that.
func Example_wrongUser() {
	c, done := exampleClient(401, "")
	defer done()

	_, err := c.Appointments.AdminList(context.Background(), nil)
	fmt.Println(errors.Is(err, snapcare.ErrWrongUser), errors.Is(err, caremux.ErrUnauthorized))
	// Output: true true
}

func ExampleClient_Do() {
	c, done := exampleClient(200, `{"data": [{"id": 3, "name": "Eastern Standard Time"}], "total": 1}`)
	defer done()

	var answer struct {
		Data []struct{ Name string }
	}
	err := c.Do(context.Background(), "GET", "/v2/timezones", nil, nil, &answer)
	fmt.Println(answer.Data[0].Name, err)
	// Output: Eastern Standard Time <nil>
}
