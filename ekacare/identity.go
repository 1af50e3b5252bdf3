package ekacare

import (
	"iter"
	"net/http"
	"slices"
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/transport"
)

// Headers that say for whom a call is.
const (
	patientHeader        = "X-Pt-Id"
	partnerPatientHeader = "X-Partner-Pt-Id"
	hipHeader            = "X-Hip-Id"
	clientHeader         = "Client-Id"
	localeHeader         = "Locale"
)

// Identity identifies for whom calls are made. Each field is sent as a header of the operations that document it, and
// of no other.
type Identity struct {
	PatientID        string // X-Pt-Id: Eka's user id of the patient (oid); ABDM, records, FHIR
	PartnerPatientID string // X-Partner-Pt-Id: your own id of the patient; ABDM
	HIPID            string // X-Hip-Id: the health information provider; ABDM
	ClientID         string // client-id: directory, EMR users, assessments; default Credentials.ClientID
	Locale           Locale // locale: language of the questions of assessments
}

// For returns a client that makes its calls for id, and shares connections and tokens with c. Fields left empty are as in c;
// request options such as [WithPatient] win over both.
func (c *Client) For(id Identity) *Client {
	own := *c.state.person
	h := headers{&own}
	for _, v := range []struct {
		into *string
		from string
	}{
		{&h.identity.PatientID, id.PatientID},
		{&h.identity.PartnerPatientID, id.PartnerPatientID},
		{&h.identity.HIPID, id.HIPID},
		{&h.identity.ClientID, id.ClientID},
		{(*string)(&h.identity.Locale), string(id.Locale)},
	} {
		if v.from != "" {
			*v.into = v.from
		}
	}
	return newClient(c.core.Derive(func(s *transport.Settings) {
		s.Authorise, s.Permit, s.Subject = h.apply, h.permit, h.subject
	}), &h)
}

// WithPatient sends the header X-Pt-Id: Eka's user id of the patient whom the call is for.
func WithPatient(id string) caremux.RequestOption { return caremux.WithHeader(patientHeader, id) }

// WithPartnerPatient sends the header X-Partner-Pt-Id: your own id of the patient whom the call is for.
func WithPartnerPatient(id string) caremux.RequestOption {
	return caremux.WithHeader(partnerPatientHeader, id)
}

// WithHIP sends the header X-Hip-Id: the health information provider that the call is for.
func WithHIP(id string) caremux.RequestOption { return caremux.WithHeader(hipHeader, id) }

// WithClientID sends the header client-id.
func WithClientID(id string) caremux.RequestOption { return caremux.WithHeader(clientHeader, id) }

// WithLocale sends the header locale: the language of the questions of an assessment.
func WithLocale(l Locale) caremux.RequestOption { return caremux.WithHeader(localeHeader, string(l)) }

// documentedHeaders yields the identity headers that an operation documents.
func documentedHeaders(op *transport.Operation) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, rule := range headerRules {
			if strings.HasPrefix(op.Path, rule.prefix) {
				if !slices.Contains(rule.except, op.Path) {
					for _, name := range rule.names {
						if !yield(name) {
							return
						}
					}
				}
				return
			}
		}
	}
}

// headerRules say which headers the operations below a path document. The first that fits counts.
var headerRules = []struct {
	prefix string
	names  []string
	except []string
}{
	{"/abdm/", []string{patientHeader, partnerPatientHeader, hipHeader}, []string{
		"/abdm/v1/profile/search", "/abdm/v1/hiu/keyset", "/abdm/v1/hip/onboard",
		"/abdm/v1/ecdh/decrypt", "/abdm/v1/ecdh/encrypt", "/abdm/v1/ecdh/keys",
	}},
	{"/mr/", []string{patientHeader}, nil},
	{"/health/", []string{patientHeader}, nil},
	{"/profiles/", []string{clientHeader}, nil},
	{"/assessment/api/v1/questionnaire_data/", []string{clientHeader}, nil},
	{"/assessment/api/v1/", []string{clientHeader, localeHeader}, []string{"/assessment/api/v1/component_list/"}},
	{"/privacy/v1/user", []string{clientHeader}, []string{"/privacy/v1/user-data"}},
	{"/connect-auth/v1/account/refresh-token", []string{clientHeader}, nil},
}

// patientOptional are the calls to records that the vendor also takes without a patient.
var patientOptional = []string{"Records.Delete", "Records.Upload", "Records.GetParsingResult"}

// missing is what an operation whose vendor wants the header is refused with; "" if it does not.
func missing(op *transport.Operation, header string) (rule string) {
	switch {
	case op.Auth == "": // a call of Do
	case header == clientHeader:
		return "is required: set Credentials.ClientID, or use Client.For or WithClientID"
	case header == patientHeader && strings.HasPrefix(op.Path, "/mr/") && !slices.Contains(patientOptional, op.Name):
		return "is required: name the patient with Client.For or WithPatient"
	}
	return ""
}

// permit refuses a call that lacks a header which the vendor wants, or whose header could not be sent.
func (h *headers) permit(op *transport.Operation, own http.Header) error {
	for name := range documentedHeaders(op) {
		value := h.identity.value(name)
		if len(own.Values(name)) > 0 {
			value = own.Get(name)
		}
		switch rule := missing(op, name); {
		case value == "" && rule != "":
			return &caremux.ArgumentError{Field: name, Rule: rule}
		case !headerValue(value):
			return &caremux.ArgumentError{Field: name, Rule: "must not contain control characters"}
		}
	}
	return nil
}
