package snapcare_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/snapcare"
)

// The samples of the vendor's wiki page on creating and updating appointments of version 3, as they stand there.

const (
	seedBlock     = "a9799648-b068-4c71-aca1-62ae6717b999"
	seedClinician = "53484dcc-83ea-4e9f-8af7-c93bbeb1445d"
	seedPatient   = "5b4fd4d8-d234-40ee-bd7c-1894411c9b21"
	seedID        = "eb4c16e2-f499-4b6d-8868-d3912da23fad"
)

const seedRequest = `{
    "availabilityBlockId": "a9799648-b068-4c71-aca1-62ae6717b999",
    "appointmentTypeCode": 3,
    "intakeMetadata": {
        "concerns": [
            {
                "isPrimary": true,
                "customCode": {
                    "code": 2305,
                    "description": "Fever (100+)"
                }
            }
        ],
        "additionalNotes": ""
    },
    "participants": [
        {
            "attendenceCode": 1,
            "personId": "53484dcc-83ea-4e9f-8af7-c93bbeb1445d",
            "participantTypeCode": 2
        },
        {
            "attendenceCode": 1,
            "personId": "5b4fd4d8-d234-40ee-bd7c-1894411c9b21",
            "participantTypeCode": 1
        }
    ],
    "encounterTypeCode": 3,
    "serviceTypeId": 307,
    "paymentRequisites": {
        "consultationAmount": 7,
        "cimProfileId": "15886118"
    },
    "startTime": "2019-03-14T17:48:00",
    "endTime": "2019-03-14T17:50:00",
    "where": "+1-34011111",
    "whereUse": 1
}`

const seedAnswer = `{
    "appointmentId": "eb4c16e2-f499-4b6d-8868-d3912da23fad",
    "patientId": 25937,
    "clinicianId": 6653,
    "appointmentStatusCode": "Scheduled",
    "participants": [
        {
            "participantId": "ce2a065f-8a3a-4bf9-97de-ac931841dee3",
            "person": {
                "id": "5b4fd4d8-d234-40ee-bd7c-1894411c9b21",
                "name": {
                    "given": "Added",
                    "prefix": "",
                    "suffix": "",
                    "family": "Dependent"
                },
                "providerId": 126,
                "statusCode": 1,
                "contactTypeCode": 1,
                "phones": [
                    {
                        "id": "7dabbbc9-931b-49aa-9917-7e80998f63e8",
                        "use": "home",
                        "value": "11111"
                    },
                    {
                        "id": "f4371631-fb94-413f-bcd2-c6edb46df729",
                        "use": "mobile",
                        "value": "+1-34011111"
                    }
                ]
            },
            "status": 1,
            "attendenceCode": 1,
            "personId": "5b4fd4d8-d234-40ee-bd7c-1894411c9b21",
            "participantTypeCode": 1
        },
        {
            "participantId": "09db6995-a775-4fa0-a7fd-e98be5c5ce94",
            "person": {
                "id": "53484dcc-83ea-4e9f-8af7-c93bbeb1445d",
                "name": {
                    "given": "Bob",
                    "family": "Ivonoff"
                },
                "providerId": 126,
                "statusCode": 1,
                "contactTypeCode": 2,
                "phones": [
                    {
                        "id": "e000fcbd-7668-48fe-b30c-695ed504de6b",
                        "use": "home",
                        "value": "+37511111"
                    },
                    {
                        "id": "ecc29805-0bd0-4e15-9aaa-f03b004e176f",
                        "use": "mobile",
                        "value": "+38011111"
                    }
                ]
            },
            "status": 1,
            "attendenceCode": 1,
            "personId": "53484dcc-83ea-4e9f-8af7-c93bbeb1445d",
            "participantTypeCode": 2
        }
    ],
    "dismissed": false,
    "serviceTypeName": "Self-Scheduling",
    "availabilityBlockId": "a9799648-b068-4c71-aca1-62ae6717b999",
    "waiveFee": false,
    "startTime": "2019-03-14T17:48:00-04:00",
    "endTime": "2019-03-14T17:50:00-04:00",
    "appointmentTypeCode": 3,
    "intakeMetadata": {
        "concerns": [
            {
                "customCode": {
                    "code": 2305,
                    "description": "Fever (100+)"
                },
                "isPrimary": true
            }
        ],
        "additionalNotes": ""
    },
    "encounterTypeCode": 3,
    "paymentRequisites": {
        "cimProfileId": "15886118",
        "consultationAmount": 7
    },
    "where": "+1-34011111",
    "whereUse": "1",
    "serviceTypeId": 307
}`

const seedDataError = `{
    "responseCode": 1000400,
    "message": "Appointment time should be set in the future",
    "spCallResult": {
        "DbName": "ConnectedCareTest",
        "Result": "[]",
        "Duration": 260.5497,
        "ErrorCode": 1000400,
        "Error": "Appointment time should be set in the future",
        "ExErrorCode": 0,
        "ExError": ""
    }
}`

// seedBytes is the sample request as it is sent: in the order of the fields of the Go types.
const seedBytes = `{"availabilityBlockId":"a9799648-b068-4c71-aca1-62ae6717b999","startTime":"2019-03-14T17:48:00","endTime":"2019-03-14T17:50:00",` +
	`"appointmentTypeCode":3,"encounterTypeCode":3,` +
	`"intakeMetadata":{"concerns":[{"customCode":{"code":2305,"description":"Fever (100+)"},"isPrimary":true}],"additionalNotes":""},` +
	`"paymentRequisites":{"cimProfileId":"15886118","consultationAmount":7},` +
	`"participants":[{"personId":"53484dcc-83ea-4e9f-8af7-c93bbeb1445d","attendenceCode":1,"participantTypeCode":2},` +
	`{"personId":"5b4fd4d8-d234-40ee-bd7c-1894411c9b21","attendenceCode":1,"participantTypeCode":1}],` +
	`"where":"+1-34011111","whereUse":1,"serviceTypeId":307}`

// newClient returns a client of a test server that is logged in already.
func newClient(t testing.TB, url string) *snapcare.Client {
	t.Helper()
	c, err := snapcare.New(snapcare.Credentials{Host: snapcare.SandboxHost, DeveloperID: "developer", APIKey: "key"},
		caremux.WithBaseURL(url), caremux.WithTokenSource(caremux.StaticToken("ready")))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// seedAppointment is the sample request. Its times are given in UTC, for a user in New York.
func seedAppointment(t testing.TB) *snapcare.AppointmentCreate {
	t.Helper()
	newYork := location(t, "America/New_York")
	return &snapcare.AppointmentCreate{
		AvailabilityBlockID: seedBlock,
		AppointmentTypeCode: snapcare.AppointmentTypeCodePatientScheduled,
		IntakeMetadata: snapcare.IntakeMetadataInput{
			Concerns: []snapcare.ConcernInput{{
				IsPrimary:  new(true),
				CustomCode: &snapcare.CustomCodeInput{Code: new(2305), Description: new("Fever (100+)")},
			}},
			AdditionalNotes: new(""),
		},
		Participants: []snapcare.AppointmentParticipantInput{
			snapcare.ClinicianParticipant(seedClinician),
			snapcare.PatientParticipant(seedPatient),
		},
		EncounterTypeCode: snapcare.EncounterTypeCodeVideo,
		ServiceTypeID:     307,
		PaymentRequisites: &snapcare.PaymentRequisitesInput{ConsultationAmount: new(7.0), CIMProfileID: new("15886118")},
		StartTime:         snapcare.NewLocalTime(time.Date(2019, 3, 14, 21, 48, 0, 0, time.UTC), newYork),
		EndTime:           snapcare.NewLocalTime(time.Date(2019, 3, 14, 21, 50, 0, 0, time.UTC), newYork),
		Where:             new("+1-34011111"),
		WhereUse:          new(1),
	}
}

func updateOf(a *snapcare.AppointmentCreate) *snapcare.AppointmentReplace {
	return &snapcare.AppointmentReplace{
		AvailabilityBlockID: &a.AvailabilityBlockID, StartTime: a.StartTime, EndTime: a.EndTime, WaiveFee: a.WaiveFee,
		PatientQueueID: a.PatientQueueID, AppointmentTypeCode: a.AppointmentTypeCode, EncounterTypeCode: a.EncounterTypeCode,
		IntakeMetadata: a.IntakeMetadata, PaymentRequisites: a.PaymentRequisites, Participants: a.Participants, Where: a.Where,
		WhereUse: a.WhereUse, ServiceTypeID: a.ServiceTypeID, ZonedTime: a.ZonedTime,
	}
}

// endpoints are the four of the page.
var endpoints = []struct {
	method, path string
	call         func(*snapcare.Client, *snapcare.AppointmentCreate) (*snapcare.Appointment, error)
}{
	{"POST", "/v3/admin/appointments", func(c *snapcare.Client, a *snapcare.AppointmentCreate) (*snapcare.Appointment, error) {
		return c.Appointments.AdminCreate(context.Background(), a)
	}},
	{"POST", "/v3/patients/appointments", func(c *snapcare.Client, a *snapcare.AppointmentCreate) (*snapcare.Appointment, error) {
		return c.Appointments.PatientCreate(context.Background(), a)
	}},
	{"PUT", "/v3/admin/appointments/" + seedID, func(c *snapcare.Client, a *snapcare.AppointmentCreate) (*snapcare.Appointment, error) {
		return c.Appointments.AdminReplace(context.Background(), seedID, updateOf(a))
	}},
	{"PUT", "/v3/patients/appointments/" + seedID, func(c *snapcare.Client, a *snapcare.AppointmentCreate) (*snapcare.Appointment, error) {
		return c.Appointments.PatientReplace(context.Background(), seedID, updateOf(a))
	}},
}

func decoded(t testing.TB, data []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	return v
}

func TestSeedSucceeds(t *testing.T) {
	for _, endpoint := range endpoints {
		t.Run(endpoint.method+" "+endpoint.path, func(t *testing.T) {
			calls := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				calls++
				if r.Method != endpoint.method || r.RequestURI != endpoint.path {
					t.Errorf("got %s %s", r.Method, r.RequestURI)
				}
				for name, want := range map[string]string{
					"Authorization": "Bearer ready", "X-Developer-Id": "developer", "X-Api-Key": "key",
				} {
					if got := r.Header.Get(name); got != want {
						t.Errorf("%s is %q, want %q", name, got, want)
					}
				}
				if got := r.Header.Get("Content-Type"); !strings.HasPrefix(got, "application/json") {
					t.Errorf("Content-Type is %q", got)
				}
				body, err := io.ReadAll(r.Body)
				if err != nil {
					t.Error(err)
				}
				if diff := cmp.Diff(decoded(t, []byte(seedRequest)), decoded(t, body)); diff != "" {
					t.Errorf("the request is not the seed's (-want +got):\n%s", diff)
				}
				if string(body) != seedBytes {
					t.Errorf("sent\n%s, want\n%s", body, seedBytes)
				}
				w.Header().Set("Content-Type", "application/json; charset=utf-8")
				_, _ = io.WriteString(w, seedAnswer)
			}))
			defer server.Close()
			got, err := endpoint.call(newClient(t, server.URL), seedAppointment(t))
			if err != nil {
				t.Fatal(err)
			}
			if calls != 1 {
				t.Errorf("%d calls", calls)
			}
			checkSeedAppointment(t, got)
		})
	}
}

func checkSeedAppointment(t *testing.T, got *snapcare.Appointment) {
	t.Helper()
	person := func(id, given, family string, contact snapcare.ContactTypeCode, phones ...snapcare.Phone) *snapcare.Person {
		return &snapcare.Person{ID: id, Name: &snapcare.PersonName{Given: given, Family: family}, ProviderID: new(126),
			StatusCode: new(snapcare.GlobalStatusCodeActive), ContactTypeCode: new(contact), Phones: phones}
	}
	want := &snapcare.Appointment{
		AppointmentID: seedID, PatientID: new(25937), ClinicianID: new(6653),
		AppointmentStatusCode: new(snapcare.AppointmentStatusCodeScheduled),
		Participants: []snapcare.AppointmentParticipant{{
			ParticipantID: "ce2a065f-8a3a-4bf9-97de-ac931841dee3", Status: new(snapcare.GlobalStatusCodeActive), PersonID: seedPatient,
			AttendanceCode: new(snapcare.AttendanceCodeRequired), ParticipantTypeCode: new(snapcare.ParticipantTypeCodePatient),
			Person: person(seedPatient, "Added", "Dependent", snapcare.ContactTypeCodePatient,
				snapcare.Phone{ID: "7dabbbc9-931b-49aa-9917-7e80998f63e8", Use: snapcare.PhoneUseHome, Value: "11111"},
				snapcare.Phone{ID: "f4371631-fb94-413f-bcd2-c6edb46df729", Use: snapcare.PhoneUseMobile, Value: "+1-34011111"}),
		}, {
			ParticipantID: "09db6995-a775-4fa0-a7fd-e98be5c5ce94", Status: new(snapcare.GlobalStatusCodeActive), PersonID: seedClinician,
			AttendanceCode: new(snapcare.AttendanceCodeRequired), ParticipantTypeCode: new(snapcare.ParticipantTypeCodePractitioner),
			Person: person(seedClinician, "Bob", "Ivonoff", 2,
				snapcare.Phone{ID: "e000fcbd-7668-48fe-b30c-695ed504de6b", Use: snapcare.PhoneUseHome, Value: "+37511111"},
				snapcare.Phone{ID: "ecc29805-0bd0-4e15-9aaa-f03b004e176f", Use: snapcare.PhoneUseMobile, Value: "+38011111"}),
		}},
		Dismissed: new(false), ServiceTypeName: "Self-Scheduling", AvailabilityBlockID: seedBlock, WaiveFee: new(false),
		AppointmentTypeCode: new(snapcare.AppointmentTypeCodePatientScheduled),
		IntakeMetadata: &snapcare.IntakeMetadata{Concerns: []snapcare.Concern{{IsPrimary: new(true),
			CustomCode: &snapcare.CustomCode{Code: new(2305), Description: "Fever (100+)"}}}},
		EncounterTypeCode: new(snapcare.EncounterTypeCodeVideo),
		PaymentRequisites: &snapcare.PaymentRequisites{CIMProfileID: "15886118", ConsultationAmount: new(7.0)},
		Where:             "+1-34011111", WhereUse: "1", ServiceTypeID: new(307),
	}
	// The records' own JSON aside, and the times, which are looked at below.
	options := cmp.Options{
		cmp.Comparer(func(a, b caremux.Record) bool { return true }),
		cmp.Comparer(func(a, b caremux.Time) bool { return true }),
	}
	if diff := cmp.Diff(want, got, options); diff != "" {
		t.Errorf("the answer (-want +got):\n%s", diff)
	}
	for _, tt := range []struct {
		got  caremux.Time
		text string
		want time.Time
	}{
		{got.StartTime, "2019-03-14T17:48:00-04:00", time.Date(2019, 3, 14, 21, 48, 0, 0, time.UTC)},
		{got.EndTime, "2019-03-14T17:50:00-04:00", time.Date(2019, 3, 14, 21, 50, 0, 0, time.UTC)},
	} {
		if !tt.got.Equal(tt.want) || !tt.got.Zoned() || tt.got.Text() != tt.text {
			t.Errorf("got %v, zoned %v, text %s; want %v", tt.got.Time, tt.got.Zoned(), tt.got.Text(), tt.want)
		}
	}
	if got.AppointmentStatusCode.String() != "Scheduled" {
		t.Errorf("status %v", got.AppointmentStatusCode)
	}
	if err := got.Mismatch(); err != nil {
		t.Error(err)
	}
	if extra := got.Extra(); len(extra) != 0 {
		t.Errorf("members without a field: %v", extra)
	}
	if diff := cmp.Diff(decoded(t, []byte(seedAnswer)), decoded(t, got.RawJSON())); diff != "" {
		t.Errorf("the JSON kept (-want +got):\n%s", diff)
	}
}

// failing answers every call with one status line and body, and counts them. net/http's server has no say over the reason
// phrase, so it writes to the connection.
func failing(t *testing.T, statusLine, contentType, body string) (url string, calls *int) {
	t.Helper()
	calls = new(int)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*calls++
		_, _ = io.Copy(io.Discard, r.Body)
		conn, buffered, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = buffered.WriteString("HTTP/1.1 " + statusLine + "\r\nConnection: close\r\nContent-Type: " + contentType + "\r\n\r\n" + body)
		_ = buffered.Flush()
		_ = conn.Close()
	}))
	t.Cleanup(server.Close)
	return server.URL, calls
}

func TestSeedDataError(t *testing.T) {
	for _, endpoint := range endpoints {
		t.Run(endpoint.method+" "+endpoint.path, func(t *testing.T) {
			url, calls := failing(t, "400 Sp Error 1000404 ExError 0", "application/json", seedDataError)
			got, err := endpoint.call(newClient(t, url), seedAppointment(t))
			failure, ok := errors.AsType[*caremux.Error](err)
			if !ok || got != nil {
				t.Fatalf("got %v, %v", got, err)
			}
			if failure.Status != 400 || failure.Code != "1000400" || failure.Message != "Appointment time should be set in the future" {
				t.Errorf("got status %d, code %s, message %q", failure.Status, failure.Code, failure.Message)
			}
			// The reason phrase speaks of 1000404; the body is right.
			if !errors.Is(err, caremux.ErrInvalid) || errors.Is(err, caremux.ErrNotFound) {
				t.Errorf("the error is not of invalid input: %v", err)
			}
			if string(failure.Body()) != seedDataError {
				t.Errorf("the body is %s", failure.Body())
			}
			if details, err := json.Marshal(failure.Details); err != nil || !strings.Contains(string(details), "260.5497") {
				t.Errorf("the details are %s, %v", details, err)
			}
			if *calls != 1 || failure.MaybeApplied() {
				t.Errorf("%d calls, applied %v", *calls, failure.MaybeApplied())
			}
		})
	}
}

func TestSeedNotAuthorized(t *testing.T) {
	for _, endpoint := range endpoints {
		t.Run(endpoint.method+" "+endpoint.path, func(t *testing.T) {
			url, calls := failing(t, "401 Only patients are authorized to use this API", "text/plain", "")
			got, err := endpoint.call(newClient(t, url), seedAppointment(t))
			failure, ok := errors.AsType[*caremux.Error](err)
			if !ok || got != nil || failure.Status != 401 || !errors.Is(err, caremux.ErrUnauthorized) {
				t.Fatalf("got %v, %v", got, err)
			}
			if *calls != 1 {
				t.Errorf("%d calls", *calls)
			}
		})
	}
}
