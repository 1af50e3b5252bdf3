package four

import (
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/clinik/clinikfhir"
	"github.com/caremux/caremux/ekacare/ekafhir"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/demo"
	"github.com/caremux/caremux/internal/proof/mappingtest"
	"github.com/caremux/caremux/snapcare"
	"github.com/caremux/caremux/snapcare/snapfhir"
	"github.com/caremux/caremux/welkin"
	"github.com/caremux/caremux/welkin/welkinfhir"
)

var now = time.Date(2030, time.March, 7, 15, 0, 0, 0, time.UTC)

func start(t testing.TB) *demo.Systems {
	t.Helper()
	systems, err := demo.Start(t.Context(), now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(systems.Close)
	return systems
}

func week() fhir.Query { return fhir.Query{From: now, To: now.AddDate(0, 0, 30)} }

// find returns all that a source finds.
func find(t testing.TB, s *fhir.Source, resourceType string, q fhir.Query) (found []fhir.Resource) {
	t.Helper()
	for r, err := range s.Search(t.Context(), resourceType, q) {
		if err != nil {
			t.Fatalf("%s: %s: %v", s.Name(), resourceType, err)
		}
		found = append(found, r)
	}
	return found
}

func idOf(r fhir.Resource) string { return reflect.ValueOf(r).Elem().FieldByName("ID").String() }

// queryOf is a query of a type that has what the source requires: a week, and all patients.
func queryOf(t testing.TB, s *fhir.Source, resourceType string) (q fhir.Query) {
	t.Helper()
	for _, f := range s.Capabilities().Resources[resourceType].Requires {
		switch f {
		case fhir.FilterTime:
			q.From, q.To = week().From, week().To
		case fhir.FilterPatients:
			for _, p := range find(t, s, "Patient", fhir.Query{}) {
				q.Patients = append(q.Patients, idOf(p))
			}
		default:
			t.Fatalf("%s: %s needs %s", s.Name(), resourceType, f)
		}
	}
	return q
}

func TestAllThatTheFakesHaveIsFHIRAndNamesItsOrigin(t *testing.T) {
	systems := start(t)
	counts := map[string]int{}
	for _, s := range systems.Sources {
		for _, resourceType := range s.Capabilities().Types() {
			for i, r := range find(t, s, resourceType, queryOf(t, s, resourceType)) {
				counts[s.Name()+" "+resourceType]++
				text, err := fhir.Marshal(r)
				if err != nil {
					t.Fatal(err)
				}
				mappingtest.Dump(t, s.Name()+"-"+resourceType+"-"+strconv.Itoa(i), text)
				if !strings.Contains(string(text), `"source":"https://`) {
					t.Errorf("the resource does not say where it is from: %s", text)
				}
				if err := fhir.Mismatch(r); err != nil {
					t.Errorf("%v: %s", err, text)
				}
				id := idOf(r)
				if id == "" {
					t.Errorf("no id: %s", text)
				}
				if !s.Capabilities().Resources[resourceType].Read {
					continue
				}
				read, err := s.Read(t.Context(), resourceType, id)
				if err != nil || idOf(read) != id {
					t.Errorf("%s: reading %s: %v", s.Name(), id, err)
				}
			}
		}
	}
	for name, least := range map[string]int{
		"ekacare Patient": 2, "ekacare Practitioner": 1, "ekacare Appointment": 3, "ekacare DocumentReference": 1,
		"ekacare MedicationRequest": 1, "ekacare Condition": 1, "ekacare Observation": 1,
		"welkin Patient": 1, "welkin Practitioner": 1, "welkin Appointment": 1, "welkin Encounter": 1,
		"welkin DocumentReference": 1, "welkin CarePlan": 1,
		"clinik Patient": 1, "clinik Appointment": 3, "clinik Condition": 1, "clinik AllergyIntolerance": 1,
		"clinik MedicationStatement": 1, "snapcare Patient": 2, "snapcare Practitioner": 1, "snapcare Appointment": 1,
		"snapcare Encounter": 1, "snapcare Condition": 1, "snapcare MedicationStatement": 1,
		"snapcare AllergyIntolerance": 1,
	} {
		if counts[name] < least {
			t.Errorf("%s: %d, want %d at least", name, counts[name], least)
		}
	}
}

func TestQueriesFindInEverySource(t *testing.T) {
	systems := start(t)
	for i, person := range []string{"asha rao", "charlie tay", "mei", "bobby"} {
		s := systems.Sources[i]
		found := find(t, s, "Patient", fhir.Query{Name: person})
		if len(found) != 1 {
			t.Errorf("%s: %d patients named %s", s.Name(), len(found), person)
			continue
		}
		patient := found[0].(*fhir.Patient)
		if same := find(t, s, "Patient", fhir.Query{Identifier: patient.Identifier[0]}); len(same) != 1 || idOf(same[0]) != patient.ID {
			t.Errorf("%s: by identifier: %v", s.Name(), same)
		}
		nobody := patient.Identifier[0]
		nobody.Value = "nobody"
		if found := find(t, s, "Patient", fhir.Query{Identifier: nobody}); found != nil {
			t.Errorf("%s: by an identifier of nobody: %d", s.Name(), len(found))
		}
		q := week()
		q.Patients = []string{"other-1", patient.ID}
		visits := find(t, s, "Appointment", q)
		if len(visits) == 0 {
			t.Errorf("%s: no appointment of %s", s.Name(), patient.ID)
		}
		q.Practitioners = systems.Clinician
		if both := find(t, s, "Appointment", q); len(both) == 0 || len(both) > len(visits) {
			t.Errorf("%s: %d appointments of the patient with the clinician, of %d", s.Name(), len(both), len(visits))
		}
		q.Practitioners = []string{"other-1"}
		if none := find(t, s, "Appointment", q); none != nil {
			t.Errorf("%s: %d appointments with a stranger", s.Name(), len(none))
		}
		q = week()
		q.To = q.From.Add(time.Minute)
		if none := find(t, s, "Appointment", q); none != nil {
			t.Errorf("%s: %d appointments in a minute", s.Name(), len(none))
		}
	}
}

// change returns a copy of an appointment at another time, as a program that books has it.
func change(a *fhir.Appointment, by time.Duration) *fhir.Appointment {
	start, _ := a.Start.Time()
	end, _ := a.End.Time()
	copied := *a
	copied.Identifier = nil
	copied.Start, copied.End = fhir.NewDateTime(start.Add(by)), fhir.NewDateTime(end.Add(by))
	return &copied
}

func TestAppointmentsAreBookedFromFHIRAndReadBack(t *testing.T) {
	systems := start(t)
	book := []func(*testing.T, *fhir.Appointment) (string, error){
		func(t *testing.T, a *fhir.Appointment) (string, error) {
			body, err := ekafhir.Mapping{}.AppointmentCreate(a)
			if err != nil {
				return "", err
			}
			b, err := systems.Eka.Client().Appointments.Book(t.Context(), body)
			if err != nil {
				return "", err
			}
			return b.AppointmentID, nil
		},
		func(t *testing.T, a *fhir.Appointment) (string, error) {
			login := systems.Welkin.Credentials()
			body, err := welkinfhir.Mapping{Tenant: login.Tenant, Instance: login.Instance}.AppointmentCreate(a)
			if err != nil {
				return "", err
			}
			e, err := systems.Welkin.Client().CalendarEvents.Create(t.Context(), body)
			if err != nil {
				return "", err
			}
			return e.ID, nil
		},
		func(t *testing.T, a *fhir.Appointment) (string, error) {
			body, err := clinikfhir.Mapping{}.AppointmentCreate(a)
			if err != nil {
				return "", err
			}
			created, err := systems.Clinik.Client().Appointments.Create(t.Context(), body)
			if err != nil {
				return "", err
			}
			return created.ID, nil
		},
		func(t *testing.T, a *fhir.Appointment) (string, error) {
			m := snapfhir.Mapping{
				Host: snapcare.SandboxHost, HospitalID: systems.Snapcare.Credentials().HospitalID, Zone: systems.Snapcare.Zone(),
			}
			body, err := m.AppointmentCreate(a)
			if err != nil {
				return "", err
			}
			created, err := systems.Snapcare.Client().Appointments.AdminCreate(t.Context(), body)
			if err != nil {
				return "", err
			}
			return created.AppointmentID, nil
		},
	}
	for i, s := range systems.Sources {
		q := week()
		q.Practitioners = systems.Clinician
		before := find(t, s, "Appointment", q)
		wanted := change(before[0].(*fhir.Appointment), time.Hour)
		id, err := book[i](t, wanted)
		if err != nil {
			t.Errorf("%s: %v", s.Name(), err)
			continue
		}
		after := find(t, s, "Appointment", q)
		if len(after) != len(before)+1 {
			t.Errorf("%s: %d appointments, want one more than %d", s.Name(), len(after), len(before))
		}
		var made *fhir.Appointment
		for _, r := range after {
			if a := r.(*fhir.Appointment); slices.ContainsFunc(a.Identifier, func(i fhir.Identifier) bool { return i.Value == id }) {
				made = a
			}
		}
		if made == nil {
			t.Errorf("%s: the appointment is not there", s.Name())
			continue
		}
		got, _ := made.Start.Time()
		want, _ := wanted.Start.Time()
		if !got.Equal(want) || made.Status != fhir.AppointmentStatusBooked || made.Description != wanted.Description ||
			fhir.AppointmentMode(made) != fhir.AppointmentMode(wanted) {
			t.Errorf("%s: made %+v", s.Name(), made)
		}
		wanted.PatientInstruction, wanted.SupportingInformation = "Come early", []fhir.Reference{{Display: "Letter"}}
		if _, err := book[i](t, wanted); err == nil || !strings.Contains(err.Error(), "patientInstruction") &&
			!strings.Contains(err.Error(), "supportingInformation") {
			t.Errorf("%s: what cannot be sent was left out: %v", s.Name(), err)
		}
	}
}

func TestPatientsAreCreatedFromFHIRAndReadBack(t *testing.T) {
	systems := start(t)
	login := systems.Welkin.Credentials()
	hospital := snapfhir.Mapping{Host: snapcare.SandboxHost, HospitalID: systems.Snapcare.Credentials().HospitalID}
	create := []func(p *fhir.Patient) error{
		func(p *fhir.Patient) error {
			body, err := ekafhir.Mapping{}.PatientCreate(p)
			if err == nil {
				_, err = systems.Eka.Client().PatientDirectory.Create(t.Context(), body)
			}
			return err
		},
		func(p *fhir.Patient) error {
			body, err := welkinfhir.Mapping{Tenant: login.Tenant, Instance: login.Instance}.PatientCreate(p)
			if err == nil {
				_, err = systems.Welkin.Client().Patients.Create(t.Context(), body)
			}
			return err
		},
		func(p *fhir.Patient) error {
			body, err := clinikfhir.Mapping{}.PatientCreate(p)
			if err == nil {
				_, err = systems.Clinik.Client().Patients.Create(t.Context(), body)
			}
			return err
		},
		func(p *fhir.Patient) error { // the fake has no patients of its own for it
			p.Address = []fhir.Address{{Text: "1 Main St"}}
			p.Telecom = append(p.Telecom, fhir.ContactPoint{System: fhir.ContactPointSystemEmail, Value: "zoe@example.com"})
			body, err := hospital.PatientImport(p)
			if err == nil && (body.FirstName != "Zoe" || body.DOB.String() != "1974-12-25" || body.Gender != "F" ||
				body.MobileNumberWithCountryCode != "+919999900009" || body.Address != "1 Main St") {
				t.Errorf("the body is %+v", body)
			}
			return err
		},
	}
	for i, s := range systems.Sources {
		zoe := &fhir.Patient{
			Name: []fhir.HumanName{{Family: "Quinn", Given: []string{"Zoe"}}}, BirthDate: "1974-12-25",
			Gender:  fhir.AdministrativeGenderFemale,
			Telecom: []fhir.ContactPoint{{System: fhir.ContactPointSystemPhone, Value: "+919999900009"}},
		}
		if err := create[i](zoe); err != nil {
			t.Errorf("%s: %v", s.Name(), err)
			continue
		}
		if s.Name() != "snapcare" {
			found := find(t, s, "Patient", fhir.Query{Name: "zoe", BirthDate: "1974-12-25"})
			if len(found) != 1 || found[0].(*fhir.Patient).Gender != zoe.Gender {
				t.Errorf("%s: found %d", s.Name(), len(found))
			}
		}
		zoe.DeceasedBoolean = new(true)
		if err := create[i](zoe); err == nil || !strings.Contains(err.Error(), "deceasedBoolean") {
			t.Errorf("%s: what cannot be sent was left out: %v", s.Name(), err)
		}
	}
}

func TestEditsWinOverWhatIsKept(t *testing.T) {
	m := clinikfhir.Mapping{}
	record := mappingtest.Decode[clinik.Patient](t, []byte(`{"id":"pt_1","firstName":"Mei","lastName":" Chen","gender":"F","x":1}`))
	p, err := m.Patient(record)
	if err != nil {
		t.Fatal(err)
	}
	if err := fhir.Mismatch(p); err == nil || !strings.Contains(err.Error(), "gender") {
		t.Errorf("the code that FHIR does not have is not named: %v", err)
	}
	p.Gender = fhir.AdministrativeGenderFemale
	p.Name[0].Family = "Chen-Lopez"
	p.Name[0].Given = []string{"Mei", "Li"}
	back, err := m.PatientRecord(p)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"firstName":"Mei","gender":"female","id":"pt_1","lastName":"Chen-Lopez","middleName":"Li","x":1}`
	if got := string(mappingtest.Canonical(t, back.RawJSON())); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	record.FirstName = "Mai" // the record was changed before it is mapped
	if p, err = m.Patient(record); err != nil || p.Name[0].Given[0] != "Mai" {
		t.Fatal(p, err)
	}
	if back, err = m.PatientRecord(p); err != nil || back.FirstName != "Mai" || back.LastName != " Chen" {
		t.Errorf("%v, %v", back, err)
	}
}

func TestParticipantThatWasChangedBeforeComesBackChanged(t *testing.T) {
	m := welkinfhir.Mapping{Tenant: "gh", Instance: "sb-demo"}
	e := mappingtest.Decode[welkin.CalendarEvent](t, []byte(`{"id":"1","hostId":"u1","participants":[{"id":"a","participantId":"u1",`+
		`"participantRole":"psm","participationStatus":"","x":1}]}`))
	e.Participants[0].ParticipationStatus = "Yes"
	a, err := m.Appointment(e)
	if err != nil || a.Participant[0].Status != fhir.ParticipationStatusAccepted {
		t.Fatal(a, err)
	}
	back, err := m.AppointmentRecord(a)
	if err != nil || back.Participants[0].ParticipationStatus != "Yes" || back.Participants[0].ID != "a" {
		t.Errorf("%v, %s", err, back.RawJSON())
	}
	a.Participant[0].Status = fhir.ParticipationStatusDeclined
	if back, err = m.AppointmentRecord(a); err != nil || back.Participants[0].ParticipationStatus != "No" {
		t.Errorf("%v, %s", err, back.RawJSON())
	}
}

func TestOneFailingSystemIsPartial(t *testing.T) {
	systems := start(t)
	systems.Eka.DisableClient()
	all, err := fhir.Merge(systems.Sources...)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	var partial *fhir.Partial
	for a, err := range all.Appointments(t.Context(), week()) {
		switch {
		case err == nil && !strings.HasPrefix(a.ID, "ekacare-"):
			n++
		case !errors.As(err, &partial) || len(partial.Failures) != 1 || partial.Failures[0].Source != "ekacare":
			t.Errorf("got %v, %v", a, err)
		}
	}
	if n != 5 || partial == nil {
		t.Errorf("%d appointments, %v", n, partial)
	}
}
