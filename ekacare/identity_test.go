package ekacare_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/internal/specserver"
	"github.com/caremux/caremux/openapi"
)

var everyone = ekacare.Identity{PatientID: "oid-1", PartnerPatientID: "partner-2", HIPID: "hip-3", ClientID: "client-4", Locale: ekacare.LocaleHindi}

var identityHeaders = []string{"X-Pt-Id", "X-Partner-Pt-Id", "X-Hip-Id", "Client-Id", "Locale"}

// TestIdentityIsSentWhereTheSpecHasIt sends a request to the path of each operation.
func TestIdentityIsSentWhereTheSpecHasIt(t *testing.T) {
	data, err := openapi.Specs.ReadFile("ekacare.yaml")
	if err != nil {
		t.Fatal(err)
	}
	spec, err := specserver.Load(data)
	if err != nil {
		t.Fatal(err)
	}
	nw := always(200, `{}`)
	c := nw.client(t).For(everyone)
	n := 0
	for _, op := range spec.Operations() {
		var want []string
		for _, p := range op.Parameters {
			if name := http.CanonicalHeaderKey(p.Value.Name); p.Value.In == "header" && slices.Contains(identityHeaders, name) {
				want = append(want, name)
			}
		}
		path := strings.NewReplacer("{", "", "}", "").Replace(op.Path)
		if err := c.Do(t.Context(), op.Method, path, nil, nil, nil); err != nil {
			t.Fatal(err)
		}
		sent := nw.requests()[n].header
		n++
		for _, name := range identityHeaders {
			if has := sent.Get(name) != ""; has != slices.Contains(want, name) {
				t.Errorf("%s %s: %s sent: %v, documented: %v", op.Method, op.Path, name, has, !has)
			}
		}
	}
	if n != 239 {
		t.Errorf("%d operations", n)
	}
}

func TestForSharesTheTokenAndKeepsTheParentAsItWas(t *testing.T) {
	nw := newAccounts().network()
	c := nw.login(t, credentials)
	patient := c.For(ekacare.Identity{PatientID: "oid-1"})
	both := patient.For(ekacare.Identity{HIPID: "hip-3", ClientID: "client-4"})
	call := func(c *ekacare.Client, opts ...caremux.RequestOption) http.Header {
		t.Helper()
		if _, err := c.ABHAProfile.Get(t.Context(), nil, opts...); err != nil {
			t.Fatal(err)
		}
		sent := nw.requests()
		return sent[len(sent)-1].header
	}
	for i, tc := range []struct {
		header          http.Header
		patient, hip    string
		partner, client string
	}{
		{call(c), "", "", "", ""},
		{call(patient), "oid-1", "", "", ""},
		{call(both), "oid-1", "hip-3", "", ""},
		{call(both, ekacare.WithPatient("oid-9"), ekacare.WithPartnerPatient("p-9"), ekacare.WithHIP("h-9"), ekacare.WithClientID("c-9")), "oid-9", "h-9", "p-9", "c-9"},
		{call(patient), "oid-1", "", "", ""},
	} {
		h := tc.header
		if h.Get("X-Pt-Id") != tc.patient || h.Get("X-Hip-Id") != tc.hip || h.Get("X-Partner-Pt-Id") != tc.partner || h.Get("client-id") != tc.client {
			t.Errorf("%d: sent %v", i, h)
		}
	}
	if n := nw.to(loginPath); n != 1 {
		t.Errorf("%d logins for one account", n)
	}
	if both.Environment() != ekacare.Production {
		t.Errorf("environment %q", both.Environment())
	}
}

func TestClientIDAndLocaleOfAssessments(t *testing.T) {
	nw := always(200, `{}`)
	c := nw.client(t)
	start := func(c *ekacare.Client, opts ...caremux.RequestOption) {
		_, _ = c.Assessments.Start(context.Background(), "1", opts...)
	}
	start(c)
	start(c.For(ekacare.Identity{ClientID: "app", Locale: ekacare.LocaleKannada}))
	start(c, ekacare.WithLocale(ekacare.LocaleEnglish))
	for i, want := range [][2]string{{"EC_1234", ""}, {"app", "kn"}, {"EC_1234", "en"}} {
		if h := nw.requests()[i].header; h.Get("client-id") != want[0] || h.Get("locale") != want[1] {
			t.Errorf("%d: sent client-id %q, locale %q, want %q", i, h.Get("client-id"), h.Get("locale"), want)
		}
	}
}

func TestManyIdentitiesAtOnce(t *testing.T) {
	nw := newAccounts().network()
	c := nw.login(t, credentials)
	var wg sync.WaitGroup
	for _, id := range []string{"a", "b", "c", "d"} {
		wg.Go(func() {
			for range 20 {
				if _, err := c.For(ekacare.Identity{PatientID: id}).Records.Get(t.Context(), id); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for _, r := range nw.requests() {
		if id, ok := strings.CutPrefix(r.path, "/mr/api/v1/docs/"); ok && r.header.Get("X-Pt-Id") != id {
			t.Errorf("%s was sent for %s", r.path, r.header.Get("X-Pt-Id"))
		}
	}
}
