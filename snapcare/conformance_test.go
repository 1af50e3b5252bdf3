package snapcare_test

import (
	"reflect"
	"testing"
	"time"
	_ "time/tzdata" // the tests must not depend on the machine's zones

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/proof/conformance"
	"github.com/caremux/caremux/internal/proof/damage"
	"github.com/caremux/caremux/internal/specserver"
	"github.com/caremux/caremux/openapi"
	"github.com/caremux/caremux/snapcare"
)

func TestEveryOperationFollowsTheSpec(t *testing.T) { conformance.Run(t, conformanceVendor(t)) }

func TestNoOperationTakesADamagedResponseForAWholeOne(t *testing.T) {
	damage.Run(t, conformanceVendor(t))
}

// conformanceVendor is what the tests of all operations need to know.
func conformanceVendor(t *testing.T) conformance.Vendor {
	data, err := openapi.Specs.ReadFile("snapcare.yaml")
	if err != nil {
		t.Fatal(err)
	}
	spec, err := specserver.Load(data)
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	return conformance.Vendor{
		Spec:             spec,
		CredentialHeader: "Authorization",
		Prepare:          func(argument any) { prepare(reflect.ValueOf(argument), zone) },
		Client: func(baseURL string, op *specserver.Operation) (any, error) {
			c, err := conformanceClient(baseURL)
			if err == nil && op.Op.Extensions["x-auth"] == "participant" {
				c = c.Participant("ready")
			}
			return c, err
		},
	}
}

// prepare gives times a zone and appointments a patient and a clinician, which a spec cannot ask for.
func prepare(v reflect.Value, zone *time.Location) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			prepare(v.Elem(), zone)
		}
	case reflect.Slice:
		if participants, ok := v.Interface().([]snapcare.AppointmentParticipantInput); ok && len(participants) == 2 {
			participants[0].ParticipantTypeCode = new(snapcare.ParticipantTypeCodePatient)
			participants[1].ParticipantTypeCode = new(snapcare.ParticipantTypeCodePractitioner)
		}
		for i := range v.Len() {
			prepare(v.Index(i), zone)
		}
	case reflect.Struct:
		if local, ok := v.Interface().(snapcare.LocalTime); ok {
			zoned, err := snapcare.ParseLocalTime(local.String(), zone)
			if err != nil {
				panic(err)
			}
			v.Set(reflect.ValueOf(*zoned))
			return
		}
		if v.CanAddr() {
			switch body := v.Addr().Interface().(type) { // zero is none
			case *snapcare.ZonedTimeInput:
				prepare(reflect.ValueOf(body.StartTime), zone)
				prepare(reflect.ValueOf(body.EndTime), zone)
				zoned, err := snapcare.NewZonedTime(body.StartTime.Time(), body.EndTime.Time(),
					snapcare.TimeZone{ID: body.TimeZoneID, Name: zone.String()})
				if err != nil {
					panic(err)
				}
				*body = *zoned
				return
			case *snapcare.AppointmentCreate:
				body.AppointmentTypeCode, body.EncounterTypeCode = 1, 1
			case *snapcare.AppointmentReplace:
				body.AppointmentTypeCode, body.EncounterTypeCode = 1, 1
			case *snapcare.AvailabilityBlockRuleInput:
				body.FromDate, body.ToDate = body.ToDate, body.FromDate // the other way round than made up
			}
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				prepare(v.Field(i), zone)
			}
		}
		agree(v)
	}
}

// agree gives a ZonedTime the instants of the start and the end beside it.
func agree(v reflect.Value) {
	field := v.FieldByName("ZonedTime")
	zoned, ok := (*snapcare.ZonedTimeInput)(nil), false
	if field.IsValid() {
		zoned, ok = field.Interface().(*snapcare.ZonedTimeInput)
	}
	if !ok || zoned == nil {
		return
	}
	instant := func(name string) time.Time {
		switch at := v.FieldByName(name).Interface().(type) {
		case *caremux.Time:
			return at.Time
		case *snapcare.LocalTime:
			return at.Time()
		}
		panic(name)
	}
	both, err := snapcare.NewZonedTime(instant("StartTime"), instant("EndTime"),
		snapcare.TimeZone{ID: zoned.TimeZoneID, Name: "America/New_York"})
	if err != nil {
		panic(err)
	}
	*zoned = *both
}

func conformanceClient(baseURL string) (*snapcare.Client, error) {
	return snapcare.New(snapcare.Credentials{DeveloperID: "developer", APIKey: "key"}, caremux.WithBaseURL(baseURL),
		caremux.WithTokenSource(caremux.StaticToken("ready")))
}

func TestABodyThatReplacesARecordHasAllThatTheRecordHas(t *testing.T) {
	if n := conformance.Lossless(t, &snapcare.Client{}); n != 9 {
		t.Errorf("saw %d bodies", n)
	}
}
