package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/caremux/caremux/snapcare"
)

// layout shows the offset, without which a time in the night of the change says nothing.
const layout = "Mon 2 Jan 15:04 -0700"

// errTwice is a time that clocks show twice, because they are set back. The vendor would have to guess which is meant.
var errTwice = errors.New("is a time that clocks show twice")

// localTimes says the time as the vendor takes it: as local time of the clinic or, where that means two moments, of the patient
// or of UTC. If none of them will do the error is errTwice.
func localTimes(out io.Writer, v *visit, zones *snapcare.TimeZones, f opening) (*snapcare.ZonedTimeInput, error) {
	var why error
	sameName := func(a, b *time.Location) bool { return a.String() == b.String() }
	for _, zone := range slices.CompactFunc([]*time.Location{v.clinicZone, v.patientZone, time.UTC}, sameName) {
		id, err := zones.ByLocation(zone)
		if err != nil { // the vendor does not have this zone
			why = cmp.Or(why, err)
			continue
		}
		when, err := zoned(zones, f, id)
		if errors.Is(err, errTwice) {
			fmt.Fprintf(out, "%s %v in %s\n", f.start.In(zone).Format("15:04"), err, zone)
			why = err
			continue
		}
		if err == nil {
			fmt.Fprintf(out, "sent as %s of %s\n", when.StartTime, zone)
		}
		return when, err
	}
	return nil, why
}

// zoned refuses a start or an end that could be misunderstood.
func zoned(zones *snapcare.TimeZones, f opening, zoneID int) (*snapcare.ZonedTimeInput, error) {
	when, err := zones.ZonedTime(f.start, f.end, zoneID)
	if err == nil && (when.StartTime.Ambiguous() || when.EndTime.Ambiguous()) {
		err = errTwice
	}
	return when, err
}
