package fhir_test

import (
	"errors"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/fhir"
)

func TestDateTimeIsRead(t *testing.T) {
	kolkata := time.FixedZone("IST", 5*3600+1800)
	for _, tt := range []struct {
		text            fhir.DateTime
		utc, in         string
		zoned, isPartly bool
	}{
		{"2024", "2024-01-01T00:00:00Z", "2024-01-01T00:00:00+05:30", false, true},
		{"2024-05", "2024-05-01T00:00:00Z", "2024-05-01T00:00:00+05:30", false, true},
		{"2024-05-17", "2024-05-17T00:00:00Z", "2024-05-17T00:00:00+05:30", false, false},
		{"2024-05-17T10:30:00+02:00", "2024-05-17T10:30:00+02:00", "2024-05-17T10:30:00+02:00", true, false},
		{"2024-05-17T10:30:00.125Z", "2024-05-17T10:30:00.125Z", "2024-05-17T10:30:00.125Z", true, false},
		{"2024-05-17T10:30:00-05:00", "2024-05-17T10:30:00-05:00", "2024-05-17T10:30:00-05:00", true, false},
		{"2020-01-01T00:00:00", "2020-01-01T00:00:00Z", "2020-01-01T00:00:00+05:30", false, false},
		{"2020-01-01T10:30", "2020-01-01T10:30:00Z", "2020-01-01T10:30:00+05:30", false, false},
		{"2020-01-01T10:30Z", "2020-01-01T10:30:00Z", "2020-01-01T10:30:00Z", true, false},
		{"2020-01-01T24:00:00", "2020-01-02T00:00:00Z", "2020-01-02T00:00:00+05:30", false, false},
		{"2020-12-31T24:00:00+02:00", "2021-01-01T00:00:00+02:00", "2021-01-01T00:00:00+02:00", true, false},
		{"2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z", "2017-01-01T00:00:00Z", true, false},
	} {
		got, err := tt.text.Time()
		if err != nil || got.Format(time.RFC3339Nano) != tt.utc {
			t.Errorf("%s: %v (%v), want %s", tt.text, got, err, tt.utc)
		}
		got, err = tt.text.TimeIn(kolkata)
		if err != nil || got.Format(time.RFC3339Nano) != tt.in {
			t.Errorf("%s in India: %v (%v), want %s", tt.text, got, err, tt.in)
		}
		if tt.text.Zoned() != tt.zoned || tt.text.Partial() != tt.isPartly {
			t.Errorf("%s: zoned %t, partial %t", tt.text, tt.text.Zoned(), tt.text.Partial())
		}
	}
	for _, text := range []fhir.DateTime{"", "yesterday", "2024-02-30", "2024-13", "2024-05-17T25:00:00Z", "T24:00",
		"2024-05-17T24:30:00Z", "17.5.2024"} {
		if got, err := text.Time(); !errors.Is(err, caremux.ErrInvalid) {
			t.Errorf("%q: got %v %v", text, got, err)
		}
	}
}

func TestDateTimeIsMade(t *testing.T) {
	if d := fhir.NewDateTime(time.Date(2024, 5, 17, 10, 0, 0, 125e6, time.FixedZone("",
		-5*3600))); d != "2024-05-17T10:00:00.125-05:00" {
		t.Errorf("got %s", d)
	}
	if d := fhir.NewDate(1974, time.December, 25); d != "1974-12-25" {
		t.Errorf("got %s", d)
	}
}
