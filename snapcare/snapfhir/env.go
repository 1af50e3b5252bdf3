package snapfhir

import (
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/snapcare"
)

// NewSourceFromEnv returns a source for the client and the hospital of the environment; see [snapcare.NewFromEnv].
// SNAPCARE_TIME_ZONE names the time zone of the user who logs in, such as America/New_York; it is required.
func NewSourceFromEnv(opts ...caremux.Option) (*fhir.Source, error) {
	c, err := snapcare.NewFromEnv(opts...)
	if err != nil {
		return nil, err
	}
	name := os.Getenv("SNAPCARE_TIME_ZONE")
	if name == "" {
		return nil, &caremux.ArgumentError{Field: "SNAPCARE_TIME_ZONE", Rule: "must be set in the environment"}
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, &caremux.ArgumentError{Field: "SNAPCARE_TIME_ZONE", Rule: "must be a time zone that is known here, such as America/New_York"}
	}
	hospital, err := strconv.Atoi(os.Getenv("SNAPCARE_HOSPITAL_ID"))
	if err != nil {
		return nil, &caremux.ArgumentError{Field: "SNAPCARE_HOSPITAL_ID", Rule: "must be a positive number"}
	}
	host := os.Getenv("SNAPCARE_HOST")
	if base, err := url.Parse(os.Getenv("SNAPCARE_BASE_URL")); err == nil && host == "" {
		host = base.Host
	}
	return NewSource(c, Mapping{Host: host, HospitalID: hospital, Zone: zone})
}
