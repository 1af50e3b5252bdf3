package ekacare_test

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/internal/specserver"
	"github.com/caremux/caremux/openapi"
)

var everyone = ekacare.Identity{
	PatientID: "oid-1", PartnerPatientID: "partner-2", HIPID: "hip-3", ClientID: "client-4", Locale: ekacare.LocaleHindi,
}

var identityHeaders = []string{"X-Pt-Id", "X-Partner-Pt-Id", "X-Hip-Id", "Client-Id", "Locale"}

func spec(t *testing.T) *specserver.Spec {
	t.Helper()
	data, err := openapi.Specs.ReadFile("ekacare.yaml")
	if err != nil {
		t.Fatal(err)
	}
	spec, err := specserver.Load(data)
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

// TestIdentityIsSentWhereTheSpecHasIt sends a request to the path of each operation.
func TestIdentityIsSentWhereTheSpecHasIt(t *testing.T) {
	nw := always(200, anyRecord)
	c := nw.client(t).For(everyone)
	n := 0
	for _, op := range spec(t).Operations() {
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

// nobody is a client that was told neither who calls nor for whom.
func nobody(t *testing.T, nw *network) *ekacare.Client {
	t.Helper()
	return nw.login(t, ekacare.Credentials{}, caremux.WithTokenSource(caremux.StaticToken("tok")))
}

// refused is the identity header that a call was refused for, empty if it was not.
func refused(err error) (operation, header string) {
	var e *caremux.ArgumentError
	if errors.As(err, &e) && slices.Contains(identityHeaders, e.Field) {
		return e.Operation, e.Field
	}
	return "", ""
}

// TestCallsWithoutARequiredHeaderAreNotSent calls the method of each operation.
func TestCallsWithoutARequiredHeaderAreNotSent(t *testing.T) {
	nw := always(200, anyRecord)
	c := nobody(t, nw)
	fit := map[reflect.Type]any{} // for lists, whose parameters are checked before
	for _, params := range []any{&ekacare.PatientDirectoryListParams{PageNo: 1}, &ekacare.PatientDirectoryListByMobileParams{Mobile: "1"},
		&ekacare.PatientDirectoryListByUsernameParams{Flatten: true}, &ekacare.PatientDirectorySearchParams{Prefix: "a"}} {
		fit[reflect.TypeOf(params)] = params
	}
	call := func(operation string, opts ...caremux.RequestOption) error {
		service, name, _ := strings.Cut(operation, ".")
		method := reflect.ValueOf(c).Elem().FieldByName(service).MethodByName(name)
		in := []reflect.Value{reflect.ValueOf(t.Context())}
		for i := 1; i < method.Type().NumIn()-1; i++ {
			argument := reflect.New(method.Type().In(i)).Elem()
			if params := fit[argument.Type()]; params != nil {
				argument.Set(reflect.ValueOf(params))
			} else if argument.Kind() == reflect.String {
				argument.SetString("1")
			}
			in = append(in, argument)
		}
		for _, opt := range opts {
			in = append(in, reflect.ValueOf(opt))
		}
		out := method.Call(in)
		err, _ := out[len(out)-1].Interface().(error)
		return err
	}
	options := map[string]func(string) caremux.RequestOption{"X-Pt-Id": ekacare.WithPatient, "Client-Id": ekacare.WithClientID}
	wanted, sent := map[string]int{}, map[string]int{}
	for _, op := range spec(t).Operations() {
		operation, want := strings.Replace(op.ID, "_", ".", 1), ""
		for _, p := range op.Parameters {
			if name := http.CanonicalHeaderKey(p.Value.Name); p.Value.In == "header" && p.Value.Required &&
				slices.Contains(identityHeaders, name) {
				want = name
				wanted[want]++
			}
		}
		before := len(nw.requests())
		err := call(operation)
		if got, header := refused(err); header != want || want != "" && got != operation {
			t.Errorf("%s: refused for %q (%v), want %q", operation, header, err, want)
		}
		if want == "" {
			continue
		}
		if n := len(nw.requests()) - before; n != 0 {
			t.Errorf("%s: %d sent", operation, n)
		}
		if _, header := refused(call(operation, options[want](""))); header != want {
			t.Errorf("%s: an empty header is refused for %q", operation, header)
		}
		if err := call(operation, options[want]("1")); err != nil {
			if _, header := refused(err); header != "" {
				t.Errorf("%s: refused with the header: %v", operation, err)
			}
		} else {
			sent[want]++
		}
	}
	if wanted["X-Pt-Id"] != 9 || wanted["Client-Id"] != 17 || sent["X-Pt-Id"] < 4 || sent["Client-Id"] < 8 {
		t.Errorf("%v operations want a header, %v were sent with it", wanted, sent)
	}
}

func TestARequiredHeaderMayComeFromClientOrOption(t *testing.T) {
	nw := always(200, anyRecord)
	c := nobody(t, nw)
	get := func(c *ekacare.Client, opts ...caremux.RequestOption) error {
		_, err := c.Records.Get(t.Context(), "1", opts...)
		return err
	}
	for name, tt := range map[string]struct {
		err  error
		rule string // of the refusal; empty if the call is sent
	}{
		"none":          {get(c), "is required: name the patient with Client.For or WithPatient"},
		"of the client": {get(c.For(patient)), ""},
		"of the call":   {get(c, ekacare.WithPatient("oid-2")), ""},
		"as any header": {get(c, caremux.WithHeader("x-pt-id", "oid-2")), ""},
		"emptied for the call": {
			get(c.For(patient), ekacare.WithPatient("")), "is required: name the patient with Client.For or WithPatient",
		},
		"the partner's is not Eka's": {
			get(c, ekacare.WithPartnerPatient("p-1")), "is required: name the patient with Client.For or WithPatient",
		},
		"unfit": {get(c.For(ekacare.Identity{PatientID: "oid\r\nX-Mine: 1"})), "must not contain control characters"},
	} {
		var e *caremux.ArgumentError
		switch {
		case tt.rule == "" && tt.err != nil:
			t.Errorf("%s: %v", name, tt.err)
		case tt.rule != "" && (!errors.As(tt.err, &e) ||
			*e != caremux.ArgumentError{Vendor: "ekacare", Operation: "Records.Get", Field: "X-Pt-Id", Rule: tt.rule}):
			t.Errorf("%s: %v", name, tt.err)
		}
	}
	if n := len(nw.requests()); n != 3 {
		t.Errorf("%d sent", n)
	}
	if err := c.Do(t.Context(), "GET", "/mr/api/v1/docs/1", nil, nil, nil); err != nil {
		t.Errorf("Do: %v", err)
	}
}

func TestAnUploadWithoutAPatientIsRefusedAsAWhole(t *testing.T) {
	nw := always(200, anyRecord)
	outcome, err := nobody(t, nw).Records.UploadDocuments(t.Context(), pictures(1, 2), nil)
	e, ok := err.(*caremux.ArgumentError)
	if !ok || e.Operation != "Records.UploadDocuments" || e.Field != "X-Pt-Id" || outcome != nil || len(nw.requests()) != 0 {
		t.Errorf("%+v, %v; %d sent", outcome, err, len(nw.requests()))
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
		{call(both, ekacare.WithPatient("oid-9"), ekacare.WithPartnerPatient("p-9"), ekacare.WithHIP("h-9"), ekacare.WithClientID("c-9")),
			"oid-9", "h-9", "p-9", "c-9"},
		{call(patient), "oid-1", "", "", ""},
	} {
		h := tc.header
		if h.Get("X-Pt-Id") != tc.patient || h.Get("X-Hip-Id") != tc.hip || h.Get("X-Partner-Pt-Id") != tc.partner ||
			h.Get("client-id") != tc.client {
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
	nw := always(200, anyRecord)
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
