package clinikfhir_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik/clinikfhir"
	"github.com/caremux/caremux/fhir"
)

func request(method fhir.BundleEntryRequestMethod, to string, r fhir.Resource) fhir.BundleEntry {
	return fhir.BundleEntry{Resource: r, Request: &fhir.BundleEntryRequest{Method: method, URL: to}}
}

func twoOf(kind fhir.BundleType) *fhir.Bundle {
	return &fhir.Bundle{Type: kind, Entry: []fhir.BundleEntry{
		request("POST", "Patient", &fhir.Patient{Active: new(true)}), request("GET", "Patient/2", nil),
	}}
}

func TestATransactionReportsTheOutcomeOfEachEntry(t *testing.T) {
	ok := `{"response":{"status":"201 Created","location":"Patient/7/_history/1"}}`
	read := `{"resource":{"resourceType":"Patient","id":"2"},"response":{"status":"200"}}`
	outcome := `{"resourceType":"OperationOutcome","issue":[{"severity":"error","diagnostics":"Taylor"}]}`
	missing := `{"response":{"status":"404 Not Found","outcome":` + outcome + `}}`
	for _, tt := range []struct {
		kind     fhir.BundleType
		response string
		failures string // of a batch
		fails    bool
	}{
		{"transaction", `"type":"transaction-response","entry":[` + ok + `,` + read + `]`, "", false},
		{"transaction", `"type":"transaction-response","entry":[` + ok + `,{"response":{"status":"304"}}]`, "", false},
		{"transaction", `"type":"transaction-response","entry":[{"response":{"status":"304"}},` + read + `]`, "", true},
		{"transaction", `"type":"transaction-response","entry":[` + ok + `,` + missing + `]`, "", true},
		{"transaction", `"type":"transaction-response","entry":[` + ok + `,{}]`, "", true},
		{"transaction", `"type":"transaction-response","entry":[` + ok + `]`, "", true},
		{"transaction", `"type":"transaction-response"`, "", true},
		{"transaction", `"type":"searchset","entry":[` + ok + `,` + read + `]`, "", true},
		{"transaction", `"type":"transaction","entry":[{},{}]`, "", true},
		{"batch", `"type":"batch-response","entry":[` + ok + `,` + read + `]`, "", false},
		{"batch", `"type":"batch-response","entry":[` + ok + `,` + missing + `]`, "entry[1] with status 404", false},
		{"batch", `"type":"batch-response","entry":[{"response":{"status":"odd"}},` + missing + `]`,
			"entry[0] with status 0, entry[1] with status 404", false},
		{"batch", `"type":"batch-response","entry":[` + read + `]`, "", true},
	} {
		t.Run(string(tt.kind)+" "+tt.response, func(t *testing.T) {
			v, c := start(t, map[string]string{"POST /v1/fhir": `{"resourceType":"Bundle",` + tt.response + `}`})
			got, err := clinikfhir.Transaction(t.Context(), c, twoOf(tt.kind))
			sameJSON(t, v.bodies[0], `{"resourceType":"Bundle","type":"`+string(tt.kind)+`","entry":[
				{"resource":{"resourceType":"Patient","active":true},"request":{"method":"POST","url":"Patient"}},
				{"request":{"method":"GET","url":"Patient/2"}}]}`)
			if tt.fails {
				wantUnreadable(t, err, true)
				if got != nil {
					t.Errorf("got %v", got)
				}
				return
			}
			if got == nil || len(got.Entry) != 2 {
				t.Fatalf("got %v, %v", got, err)
			}
			var batch *clinikfhir.BatchError
			if tt.failures == "" {
				if err != nil || errors.As(err, &batch) {
					t.Errorf("got %v", err)
				}
				return
			}
			if !errors.As(err, &batch) || !strings.HasSuffix(err.Error(), tt.failures) || !errors.Is(err, caremux.ErrNotFound) ||
				errors.Is(err, caremux.ErrConflict) || strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), "Taylor") {
				t.Errorf("got %v, want %q", err, tt.failures)
			}
		})
	}
}

func TestATransactionThatCannotBeOneIsNotSent(t *testing.T) {
	v, c := start(t, nil)
	patient := &fhir.Patient{ID: "1"}
	of := func(e fhir.BundleEntry) *fhir.Bundle {
		return &fhir.Bundle{Type: fhir.BundleTypeTransaction, Entry: []fhir.BundleEntry{request("DELETE", "Patient/9", nil), e}}
	}
	for _, tt := range []struct {
		bundle *fhir.Bundle
		field  string
	}{
		{nil, "bundle"},
		{&fhir.Bundle{}, "bundle.type"},
		{twoOf("searchset"), "bundle.type"},
		{&fhir.Bundle{Type: "batch"}, "bundle.entry"},
		{of(fhir.BundleEntry{Resource: patient}), "bundle.entry[1].request"},
		{of(request("", "Patient", patient)), "bundle.entry[1].request.method"},
		{of(request("POST", "", patient)), "bundle.entry[1].request.url"},
		{of(request("POST", "Patient", nil)), "bundle.entry[1].resource"},
		{of(request("PUT", "Patient/1", nil)), "bundle.entry[1].resource"},
		{of(request("PUT", "Patient/2", patient)), "bundle.entry[1].resource"},
		{of(request("PUT", "Group/1", patient)), "bundle.entry[1].resource"},
		{of(request("PUT", "Patient/1", &fhir.Patient{})), "bundle.entry[1].resource"},
		{of(request("PUT", "Patient/1", &fhir.Patient{ID: "1", Language: "\xff"})), "bundle.entry[1].resource.language"},
	} {
		_, err := clinikfhir.Transaction(t.Context(), c, tt.bundle)
		wantArgument(t, err, tt.field)
	}
	if len(v.sent) > 0 {
		t.Errorf("sent %v", v.sent)
	}
	v.responses = map[string]string{
		"POST /v1/fhir": `{"resourceType":"Bundle","type":"transaction-response","entry":[{"response":{"status":"204"}},{"response":{"status":"200"}}]}`}
	for _, e := range []fhir.BundleEntry{
		request("PUT", "Patient/1", patient), request("PUT", "Patient?identifier=a/b", patient),
		request("PUT", "https://x.example/Patient/7", patient),
	} {
		if _, err := clinikfhir.Transaction(t.Context(), c, of(e)); err != nil {
			t.Errorf("%s: %v", e.Request.URL, err)
		}
	}
}

func TestABatchErrorStaysShort(t *testing.T) {
	b, response := &fhir.Bundle{Type: fhir.BundleTypeBatch}, []string{}
	for range 500 {
		b.Entry = append(b.Entry, request("DELETE", "Patient/1", nil))
		response = append(response, `{"response":{"status":"500"}}`)
	}
	_, c := start(t, map[string]string{"POST /v1/fhir": `{"resourceType":"Bundle","type":"batch-response","entry":[` +
		strings.Join(response, ",") + `]}`})
	_, err := clinikfhir.Transaction(t.Context(), c, b)
	var batch *clinikfhir.BatchError
	if !errors.As(err, &batch) || len(batch.Failures) != 500 || len(err.Error()) > 400 || !strings.Contains(err.Error(), "500 of 500") {
		t.Errorf("got %v", err)
	}
}
