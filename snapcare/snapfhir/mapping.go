package snapfhir

import (
	_ "embed"
	"strconv"
	"sync"
	"time"

	"github.com/caremux/caremux/internal/mapping"
)

//go:embed codes.tsv
var codesTSV string

var codes = sync.OnceValue(func() *mapping.Codes { return mapping.ParseCodes(codesTSV) })

// Mapping maps the records of a hospital to FHIR. Its methods send nothing, and are safe for concurrent use.
type Mapping struct {
	Host       string // as in snapcare.Credentials
	HospitalID int    // as in snapcare.Credentials
	// Zone is the time zone of the user who logs in, in which the API reads times without a zone. It is needed to list
	// and to book.
	Zone *time.Location
	// IDPrefix begins the ids of resources; snapcare- if it is empty. Set it to read several hospitals at once.
	IDPrefix string
}

// The kinds of records, as the systems of their identifiers end.
const (
	kindPatient      = "patients"
	kindClinician    = "clinicians"
	kindPerson       = "persons"
	kindAppointment  = "appointments"
	kindBlock        = "availability-blocks"
	kindType         = "appointment-type"
	kindService      = "service-types"
	kindConcern      = "concerns"
	kindConsultation = "consultations"
	kindDoctor       = "doctors"
	kindProfile      = "medical-profiles"
)

func (m Mapping) space() mapping.Space {
	prefix := m.IDPrefix
	if prefix == "" {
		prefix = "snapcare-"
	}
	return mapping.Space{
		Vendor: "snapcare", URL: "https://" + m.Host + "/api/hospitals/" + strconv.Itoa(m.HospitalID), Prefix: prefix,
	}
}

// numberOf returns a number as text, empty for none.
func numberOf(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}

// number returns the number that the text is, nil for other text.
func number(text string) *int {
	n, err := strconv.Atoi(text)
	if err != nil || strconv.Itoa(n) != text {
		return nil
	}
	return &n
}
