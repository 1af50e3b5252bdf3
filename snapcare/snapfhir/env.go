package snapfhir

import (
	"net/url"
	"strconv"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/env"
	"github.com/caremux/caremux/snapcare"
)

// NewSourceFromEnv returns a source for the client and the hospital of the environment; see [snapcare.NewFromEnv].
// SNAPCARE_TIME_ZONE names the time zone of the user who logs in, such as America/New_York; it is required.
func NewSourceFromEnv(opts ...caremux.Option) (*fhir.Source, error) {
	c, err := snapcare.NewFromEnv(opts...)
	if err != nil {
		return nil, err
	}
	r, _, err := env.New(opts)
	if err != nil {
		return nil, err
	}
	name, number := r.Need("SNAPCARE_TIME_ZONE"), r.Need("SNAPCARE_HOSPITAL_ID")
	if err := r.Err(); err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, r.Invalid("SNAPCARE_TIME_ZONE", "must be a time zone that is known here, such as America/New_York")
	}
	hospital, err := strconv.Atoi(number)
	if err != nil {
		return nil, r.Invalid("SNAPCARE_HOSPITAL_ID", "must be a positive number")
	}
	host := r.Get("SNAPCARE_HOST")
	if base, err := url.Parse(r.Get("SNAPCARE_BASE_URL")); err == nil && host == "" {
		host = base.Host
	}
	return NewSource(c, Mapping{Host: host, HospitalID: hospital, Zone: zone})
}
