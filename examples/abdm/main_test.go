package main

import (
	"strings"
	"testing"
)

func TestOfflineRunProvidesAndReceivesDocuments(t *testing.T) {
	var out strings.Builder
	if err := run(t.Context(), &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, want := range []string{
		"provider: a requester with a key in raw has all pages: true\n",
		"provider: a requester with a key in X.509 has all pages: true\n",
		`  visit-1: {"resourceType":"Bundle",`,
		`  visit-2: {"resourceType":"Bundle",`,
		"user: visit-7: \"Blood count\", reported as stored: true\n",
		"user: visit-8: \"Discharge summary\", reported as stored: true\n",
		"user: visit-9: \"X-ray\", reported as stored: true\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the output lacks %q:\n%s", want, out.String())
		}
	}
}
