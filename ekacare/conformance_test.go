package ekacare_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/internal/proof/conformance"
	"github.com/caremux/caremux/internal/proof/damage"
	"github.com/caremux/caremux/internal/specserver"
	"github.com/caremux/caremux/openapi"
)

func TestEveryOperationFollowsTheSpec(t *testing.T) { conformance.Run(t, conformanceVendor(t)) }

func TestNoOperationTakesADamagedResponseForAWholeOne(t *testing.T) {
	damage.Run(t, conformanceVendor(t))
}

// conformanceVendor is what the tests of all operations need to know.
func conformanceVendor(t *testing.T) conformance.Vendor {
	data, err := openapi.Specs.ReadFile("ekacare.yaml")
	if err != nil {
		t.Fatal(err)
	}
	spec, err := specserver.Load(data)
	if err != nil {
		t.Fatal(err)
	}
	return conformance.Vendor{
		Spec:             spec,
		Answer:           bundled,
		CredentialHeader: "Authorization",
		Prepare:          func(argument any) { prepare(reflect.ValueOf(argument)) },
		Client: func(baseURL string, _ *specserver.Operation) (any, error) {
			c, err := ekacare.New(ekacare.Credentials{
				ClientID: "x", AgentID: "a", TokenHeader: ekacare.TokenHeaderBoth,
			}, caremux.WithBaseURL(baseURL), caremux.WithTokenSource(caremux.StaticToken("ready")))
			if err != nil {
				return nil, err
			}
			return c.For(ekacare.Identity{PatientID: "oid-1"}), nil
		},
	}
}

// bundled makes the response of a call for FHIR a bundle.
func bundled(op *specserver.Operation, _ []string, body map[string]any) {
	if strings.HasSuffix(op.Path, "/fhir/retrieve") {
		body["resourceType"] = "Bundle"
	}
}

// prepared are members to change so that requests follow the rules on alternatives, by Go type; null takes a member away.
var prepared = map[string]string{
	"AppointmentBooking":           `{"partner_doctor_id":null,"partner_clinic_id":null,"partner_patient_id":null}`,
	"AppointmentUpdateV2":          `{"partner_doctor_id":null,"partner_clinic_id":null,"partner_patient_id":null}`,
	"AppointmentRescheduleV1":      `{"partner_doctor_id":null,"partner_clinic_id":null}`,
	"AppointmentPatientInput":      `{"age":null}`,
	"PatientCreate":                `{"age":null}`,
	"PatientUpdate":                `{"age":null}`,
	"AssessmentAnswer":             `{"user_input":null}`,
	"OnboardingClinicCreate":       `{"partner_doctor_ids":null,"contact":"1234567890"}`,
	"OnboardingClinicUpdate":       `{"partner_doctor_ids":null,"contact":"1234567890"}`,
	"OnboardingDoctorCreate":       `{"partner_clinic_ids":null,"mobile":"1234567890"}`,
	"OnboardingDoctorUpdate":       `{"partner_clinic_ids":null}`,
	"OnboardingUserCreate":         `{"partner_doctor_ids":null,"partner_clinic_ids":null}`,
	"OnboardingUserUpdate":         `{"partner_doctor_ids":null,"partner_clinic_ids":null}`,
	"RecordUploadFile":             `{"contentType":"image/png","file_size":1000}`,
	"ScribeTemplateCreate":         `{"section_ids":[]}`,
	"VitalValue":                   `{"type":"NUM","value_type":"NUM","value":1.5}`,
	"ABHAKYCInit":                  `{"identifier":"12345678901234","method":"abha-number"}`,
	"ABHAAadhaarVerify":            `{"mobile":"1234567890"}`,
	"CareContextSMS":               `{"mobile_number":"1234567890"}`,
	"PatientsSearchByMobileParams": `{"mobile":"1234567890"}`,
	"AppointmentsListParams":       `{"start_date":null,"end_date":null,"doctor_id":null,"clinic_id":null}`,
}

func prepare(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			prepare(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			prepare(v.Index(i))
		}
	case reflect.Struct:
		var changes map[string]json.RawMessage
		if text := prepared[v.Type().Name()]; text != "" {
			if err := json.Unmarshal([]byte(text), &changes); err != nil {
				panic(err)
			}
		}
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.IsExported() {
				continue
			}
			name, _, _ := strings.Cut(f.Tag.Get("json")+f.Tag.Get("url"), ",")
			change, ok := changes[name]
			switch {
			case ok && string(change) == "null":
				v.Field(i).SetZero()
			case ok:
				if err := json.Unmarshal(change, v.Field(i).Addr().Interface()); err != nil {
					panic(err)
				}
			default:
				prepare(v.Field(i))
			}
		}
	}
}
