package main

import (
	"log/slog"
	"regexp"
	"strings"
	"testing"
)

func TestServiceTracesAndCountsAllVendors(t *testing.T) {
	var out strings.Builder
	if err := run(t.Context(), &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, want := range []string{
		`"vendor":"ekacare","what":"clinics","count":1}`, `"what":"patients","count":45}`, `"what":"appointments","count":1}`,
		`"vendor":"snapcare","what":"time zones","count":13}`,
		`level=WARN msg="vendor call retried" vendor=welkin operation=Patients.List`,
		`(?m)^GET /summary +200 `, `(?m)^  ekacare Business.ListEntities +200 .*/dr/v1/business/entities$`,
		`(?m)^  welkin Patients.List +503 `, `(?m)^  welkin APIClients.CreateToken +201 `,
		`(?m)^caremux.calls +welkin +Patients.List +200 +6$`, `(?m)^caremux.attempts +welkin +Patients.List +200 +7$`,
		`(?m)^caremux.call.duration +snapcare +Utility.ListTimeZones +200 +2 calls, `,
	} {
		if !regexp.MustCompile(want).MatchString(out.String()) {
			t.Errorf("the output lacks %s:\n%s", want, out.String())
		}
	}
}

func TestSpansHoldNoIDsAndNoQueries(t *testing.T) {
	otel, err := newTelemetry()
	if err != nil {
		t.Fatal(err)
	}
	v, err := startVendors(slog.New(slog.DiscardHandler), otel)
	if err != nil {
		t.Fatal(err)
	}
	defer v.close()
	for _, c := range v.counts {
		if _, err := c.count(t.Context()); err != nil {
			t.Error(err)
		}
	}
	searches := 0
	for _, span := range otel.spans.GetSpans() {
		if span.Name == "clinik Appointments.Search" {
			searches++
		}
		for _, a := range span.Attributes {
			if text := a.Value.String(); strings.Contains(text, "pt_") || strings.Contains(text, "?") {
				t.Errorf("span %s has %s %s", span.Name, a.Key, text)
			}
		}
	}
	if searches == 0 {
		t.Error("no search with the id of a patient was traced")
	}
}
