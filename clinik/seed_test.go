package clinik_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
)

// seedBody is the body of the reference's curl call, as it stands there.
const seedBody = `{
    "status": "completed",
    "patientId": "pt_abc123",
    "encounterId": "enc_xyz789",
    "practitionerId": "prac_def456",
    "description": "Annual wellness assessment",
    "summary": "Patient presents with well-controlled hypertension and type 2 diabetes. No signs of end-organ damage.",
    "findings": [
      { "code": "I10", "text": "Essential hypertension — well controlled on lisinopril 10mg" },
      { "code": "E11.9", "text": "Type 2 diabetes mellitus — HbA1c 6.8%, at goal" }
    ],
    "note": "Follow up in 3 months. Order HbA1c and CMP at next visit.",
    "effectiveDateTime": "2025-01-15T10:00:00Z"
  }`

// seedAnswer has the members that the reference documents, and one that it does not.
const seedAnswer = `{
  "data": {
    "id": "assess_abc123",
    "patientId": "pt_abc123",
    "status": "completed",
    "summary": "Patient presents with well-controlled hypertension and type 2 diabetes. No signs of end-organ damage.",
    "findings": [
      { "code": "I10", "text": "Essential hypertension — well controlled on lisinopril 10mg" },
      { "text": "Type 2 diabetes mellitus — HbA1c 6.8%, at goal" }
    ],
    "practitionerId": "prac_def456",
    "encounterId": "enc_xyz789",
    "effectiveDateTime": "2025-01-15T10:00:00Z",
    "createdBy": {"name": "api"}
  },
  "meta": {
    "requestId": "req_k8f3a7x2",
    "timestamp": "2025-01-15T10:00:01.250Z",
    "status": 201,
    "rateLimitTotal": 500,
    "rateLimitRemaining": 499,
    "rateLimitReset": 3600
  }
}`

func seedAssessment(t testing.TB) *clinik.AssessmentCreate {
	t.Helper()
	at, err := caremux.ParseTime("2025-01-15T10:00:00Z")
	if err != nil {
		t.Fatal(err)
	}
	return &clinik.AssessmentCreate{
		Status:         clinik.AssessmentStatusCompleted,
		PatientID:      "pt_abc123",
		EncounterID:    new("enc_xyz789"),
		PractitionerID: new("prac_def456"),
		Description:    new("Annual wellness assessment"),
		Summary:        "Patient presents with well-controlled hypertension and type 2 diabetes. No signs of end-organ damage.",
		Findings: []clinik.AssessmentFindingInput{
			{Code: new("I10"), Text: new("Essential hypertension — well controlled on lisinopril 10mg")},
			{Code: new("E11.9"), Text: new("Type 2 diabetes mellitus — HbA1c 6.8%, at goal")},
		},
		Note:              new("Follow up in 3 months. Order HbA1c and CMP at next visit."),
		EffectiveDateTime: &at,
	}
}

func TestAssessmentIsRecordedAsTheReferenceShows(t *testing.T) {
	s := listen(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		for name, value := range map[string]string{"X-Request-Id": "req_k8f3a7x2", "X-RateLimit-Limit": "1000",
			"X-RateLimit-Remaining": "987", "X-RateLimit-Reset": "60", "X-Quota-Limit": "600000", "X-Quota-Used": "42",
			"X-Quota-Remaining": "599958", "X-Quota-Billable": "true", "X-Quota-Reset": "2025-02-01T00:00:00Z",
			"X-Sandbox-Limit": "1000", "X-Sandbox-Used": "0"} {
			w.Header().Set(name, value)
		}
		answerJSON(w, 201, seedAnswer)
	})
	c, err := clinik.New("clk_live_abc123", caremux.WithBaseURL(s.URL))
	if err != nil {
		t.Fatal(err)
	}
	var r caremux.Response
	before := time.Now()
	got, err := c.Assessments.Create(t.Context(), seedAssessment(t), caremux.WithResponse(&r))
	if err != nil {
		t.Fatal(err)
	}

	sent := s.requests()
	if len(sent) != 1 || sent[0].method != "POST" || sent[0].path != "/v1/assessments" || len(sent[0].query) != 0 {
		t.Fatalf("sent %+v", sent)
	}
	for name, want := range map[string]string{
		"X-Api-Key": "clk_live_abc123", "Content-Type": "application/json", "Accept": "application/json",
	} {
		if values := sent[0].header.Values(name); len(values) != 1 || values[0] != want {
			t.Errorf("header %s = %q, want %q", name, values, want)
		}
	}
	for _, name := range []string{"Authorization", "Cookie", "X-Http-Method-Override"} {
		if values := sent[0].header.Values(name); len(values) > 0 {
			t.Errorf("header %s = %q was sent", name, values)
		}
	}
	var want bytes.Buffer
	if err := json.Compact(&want, []byte(seedBody)); err != nil {
		t.Fatal(err)
	}
	if sent[0].body != want.String() {
		t.Errorf("sent %s\nwant %s", sent[0].body, want.String())
	}

	at, _ := caremux.ParseTime("2025-01-15T10:00:00Z")
	sameTime := cmp.Comparer(func(a, b caremux.Time) bool { return a.Text() == b.Text() })
	if diff := cmp.Diff(clinik.Assessment{
		ID: "assess_abc123", Status: clinik.AssessmentStatusCompleted, PatientID: "pt_abc123", EncounterID: "enc_xyz789",
		PractitionerID: "prac_def456",
		Summary:        "Patient presents with well-controlled hypertension and type 2 diabetes. No signs of end-organ damage.",
		Findings: []clinik.AssessmentFinding{
			{Code: clinik.Text("I10"), Text: "Essential hypertension — well controlled on lisinopril 10mg"},
			{Text: "Type 2 diabetes mellitus — HbA1c 6.8%, at goal"},
		},
		EffectiveDateTime: at,
	}, *got, sameTime, cmpopts.IgnoreUnexported(caremux.Record{})); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
	if extra := got.Extra(); len(extra) != 1 || string(extra["createdBy"]) != `{"name": "api"}` {
		t.Errorf("Extra = %s", extra)
	}
	if raw := string(got.RawJSON()); !strings.HasPrefix(raw, "{\n    \"id\"") || strings.Contains(raw, "requestId") ||
		!strings.Contains(seedAnswer, raw) {
		t.Errorf("RawJSON = %s", raw)
	}
	if err := got.Mismatch(); err != nil {
		t.Error(err)
	}

	if r.Status != 201 || r.RequestID != "req_k8f3a7x2" || r.Attempts != 1 || string(r.Body) != seedAnswer {
		t.Errorf("Response = %d %q %d %s", r.Status, r.RequestID, r.Attempts, r.Body)
	}
	wantLimit(t, "headers", r.RateLimit, 1000, 987, before.Add(time.Minute))
	meta, ok := r.Meta.(*clinik.Meta)
	if !ok {
		t.Fatalf("Meta = %T", r.Meta)
	}
	wantLimit(t, "envelope", meta.RateLimit, 500, 499, before.Add(time.Hour))
	if meta.RequestID != "req_k8f3a7x2" || !meta.Timestamp.Equal(time.Date(2025, 1, 15, 10, 0, 1, 250e6, time.UTC)) {
		t.Errorf("Meta = %q %v", meta.RequestID, meta.Timestamp)
	}
	february, _ := caremux.ParseTime("2025-02-01T00:00:00Z")
	if diff := cmp.Diff(&clinik.Quota{
		Limit: "600000", Used: new(int64(42)), Remaining: new(int64(599958)), Billable: "true", Reset: february,
	},
		meta.Quota, sameTime); diff != "" {
		t.Errorf("Quota (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(&clinik.Quota{Limit: "1000", Used: new(int64(0))}, meta.Sandbox, sameTime); diff != "" {
		t.Errorf("Sandbox (-want +got):\n%s", diff)
	}
}

func wantLimit(t *testing.T, where string, got caremux.RateLimit, limit, remaining int, reset time.Time) {
	t.Helper()
	if got.Limit == nil || *got.Limit != limit || got.Remaining == nil || *got.Remaining != remaining {
		t.Errorf("rate limit of the %s = %v of %v", where, got.Remaining, got.Limit)
	}
	if late := got.Reset.Sub(reset); late < 0 || late > 10*time.Second {
		t.Errorf("the window of the %s ends at %v, want %v", where, got.Reset, reset)
	}
}

func TestMetaIsTakenFromWhereItIs(t *testing.T) {
	for _, tt := range []struct {
		name      string
		body      string
		header    []string
		requestID string
		timestamp string
	}{
		{"envelope alone", `{"data":{"id":"1"},"meta":{"requestId":"req_b","timestamp":"2025-01-15T10:00:00Z"}}`,
			nil, "req_b", "2025-01-15T10:00:00Z"},
		{"headers alone", `{"data":{"id":"1"}}`, []string{"X-Request-Id", "req_h", "X-Timestamp", "2025-01-15T10:00:00Z"},
			"req_h", "2025-01-15T10:00:00Z"},
		{"both", `{"data":{"id":"1"},"meta":{"requestId":"req_b","timestamp":"2025-01-15T10:00:00Z"}}`,
			[]string{"X-Request-Id", "req_h", "X-Timestamp", "x"}, "req_b", "2025-01-15T10:00:00Z"},
		{"an odd member", `{"data":{"id":"1"},"meta":{"status":"ok","rateLimitTotal":"many","requestId":"req_b"}}`, nil, "req_b", ""},
		{"meta of another type", `{"data":{"id":"1"},"meta":[1]}`, []string{"X-Request-Id", "req_h"}, "req_h", ""},
		{"nothing", `{"data":{"id":"1"},"meta":null}`, nil, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var r caremux.Response
			p, err := always(200, tt.body, tt.header...).client(t).Patients.Get(t.Context(), "1", nil, caremux.WithResponse(&r))
			if err != nil || p.ID != "1" {
				t.Fatal(p, err)
			}
			meta := r.Meta.(*clinik.Meta)
			if meta.RequestID != tt.requestID || meta.Timestamp.Text() != tt.timestamp || meta.Quota != nil || meta.Sandbox != nil {
				t.Errorf("Meta = %+v", meta)
			}
			if meta.RateLimit != (caremux.RateLimit{}) {
				t.Errorf("RateLimit = %+v", meta.RateLimit)
			}
		})
	}
}
