package ekafhir_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
	"github.com/caremux/caremux/ekacare/ekafhir"
	"github.com/caremux/caremux/fhir"
)

// report is a bundle as the vendor makes them, with a field that R4 does not have.
const report = `{"resourceType":"Bundle","id":"b","type":"document","entry":[
	{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Composition","id":"c","status":"final","title":"Report","subject":{"reference":"urn:uuid:3"}}},
	{"fullUrl":"urn:uuid:2","resource":{"resourceType":"Observation","id":"o","status":"final","code":{"text":"Haemoglobin"},
		"subject":{"reference":"urn:uuid:3"},"valueQuantity":{"value":13.50,"unit":"g/dL"},"own":1}},
	{"fullUrl":"urn:uuid:3","resource":{"resourceType":"Patient","id":"p","name":[{"text":"Asha"}]}}]}`

func inBase64(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// documents are what has a bundle, made from the base64 that the vendor sends.
var documents = map[string]func(sent string) ekafhir.Document{
	"parsed": func(sent string) ekafhir.Document {
		return &ekacare.ParsingResult{Data: &ekacare.ParsingData{FHIR: sent}}
	},
	"scribe": func(sent string) ekafhir.Document {
		return &ekacare.ScribeVoiceStatus{Data: &ekacare.ScribeVoiceData{Output: &ekacare.ScribeVoiceOutput{FHIR: sent}}}
	},
	"event": func(sent string) ekafhir.Document {
		result := &ekacare.RecordSmartReportEventResult{FHIR: sent}
		return &ekacare.RecordSmartReportEvent{Data: &ekacare.RecordSmartReportEventData{Data: result}}
	},
}

func TestEveryEntryHasItsRealType(t *testing.T) {
	sources := map[string]ekafhir.Document{}
	for name, document := range documents {
		sources[name] = document(inBase64(report))
		sources[name+", plain"] = document(report)
		sources[name+" after a byte order mark"] = document(inBase64("\ufeff" + report))
	}
	sources["retrieved"] = retrieve(t, report)
	for name, source := range sources {
		bundle, err := ekafhir.Bundle(source)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var observation *fhir.Observation
		for _, observation = range fhir.Entries[*fhir.Observation](bundle) {
		}
		if observation == nil || observation.ValueQuantity.Value != "13.50" || len(bundle.Entry) != 3 {
			t.Fatalf("%s: %+v", name, bundle)
		}
		patient, err := bundle.Resolve(observation, observation.Subject)
		if p, ok := patient.(*fhir.Patient); err != nil || !ok || p.Name[0].Text != "Asha" {
			t.Errorf("%s: the subject is %v, %v", name, patient, err)
		}
		if _, ok := bundle.Entry[0].Resource.(*fhir.Composition); !ok {
			t.Errorf("%s: the first entry is a %T", name, bundle.Entry[0].Resource)
		}
		if text, err := fhir.Marshal(bundle); err != nil || !sameJSON(string(text), report) {
			t.Errorf("%s: written as %s, %v", name, text, err)
		}
	}
}

// retrieve is the bundle of a care context, which the vendor sends as body.
func retrieve(t *testing.T, body string) *ekacare.FHIRDocument {
	t.Helper()
	network := roundTripper(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	})
	c, err := ekacare.New(ekacare.Credentials{ClientID: "EC_1"}, caremux.WithTransport(network),
		caremux.WithTokenSource(caremux.StaticToken("t")))
	if err != nil {
		t.Fatal(err)
	}
	document, err := c.Records.RetrieveFHIR(t.Context(), &ekacare.RecordsRetrieveFHIRParams{Identifier: "1"})
	if err != nil {
		t.Fatal(err)
	}
	return document
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func sameJSON(a, b string) bool {
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && fmt.Sprint(x) == fmt.Sprint(y)
}

func TestADocumentWithoutABundleHasNone(t *testing.T) {
	for name, document := range map[string]ekafhir.Document{
		"nothing":    nil,
		"no result":  (*ekacare.ParsingResult)(nil),
		"no data":    &ekacare.ParsingResult{},
		"empty":      &ekacare.ParsingResult{Data: &ekacare.ParsingData{}},
		"no status":  (*ekacare.ScribeVoiceStatus)(nil),
		"not made":   &ekacare.ScribeVoiceStatus{},
		"no output":  &ekacare.ScribeVoiceStatus{Data: &ekacare.ScribeVoiceData{}},
		"no event":   (*ekacare.RecordSmartReportEvent)(nil),
		"not read":   &ekacare.RecordSmartReportEvent{},
		"no values":  &ekacare.RecordSmartReportEvent{Data: &ekacare.RecordSmartReportEventData{}},
		"no bundle":  (*ekacare.FHIRDocument)(nil),
		"not filled": &ekacare.FHIRDocument{},
	} {
		if bundle, err := ekafhir.Bundle(document); bundle != nil || err != nil {
			t.Errorf("%s: %v, %v", name, bundle, err)
		}
	}
}

func TestWhatIsNotABundleIsRefused(t *testing.T) {
	for name, document := range documents {
		for _, sent := range []string{
			"§§", inBase64("Asha"), "{", inBase64(`[]`), inBase64(`{}`), inBase64(`{"resourceType":"Patient","id":"Asha"}`),
			inBase64(`{"resourceType":"Bundle","id":"Asha","id":"2"}`), inBase64(`null`),
		} {
			bundle, err := ekafhir.Bundle(document(sent))
			if !errors.Is(err, caremux.ErrUnreadable) || bundle != nil || strings.Contains(err.Error(), "Asha") {
				t.Errorf("%s of %s: %v, %v", name, sent, bundle, err)
			}
		}
	}
}

func TestABundleToLinkIsBase64(t *testing.T) {
	bundle, err := ekafhir.Decode([]byte(report))
	if err != nil {
		t.Fatal(err)
	}
	text, err := ekafhir.Encode(bundle)
	if err != nil {
		t.Fatal(err)
	}
	if data, err := base64.StdEncoding.DecodeString(text); err != nil || !sameJSON(string(data), report) {
		t.Errorf("got %s, %v", data, err)
	}
	for field, wrong := range map[string]*fhir.Bundle{
		"bundle":          nil,
		"bundle.type":     {Type: fhir.BundleTypeCollection},
		"bundle.language": {Type: fhir.BundleTypeDocument, Language: "\xff"},
	} {
		_, err := ekafhir.Encode(wrong)
		var argument *caremux.ArgumentError
		if !errors.As(err, &argument) || argument.Field != field || argument.Operation == "" {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestTheBundleOfACareContextIsRetrieved(t *testing.T) {
	srv := ekacaretest.NewServer(t)
	srv.SetParsing(ekacare.ProcessingStatusCompleted)
	c := srv.Client().For(ekacare.Identity{PatientID: "oid-1"})
	file := caremux.File{Name: "report.pdf", Content: strings.NewReader("%PDF")}
	document, err := c.Records.Parse(t.Context(),
		&ekacare.RecordsUploadParams{Task: []ekacare.ParsingTask{ekacare.ParsingTaskSmart}}, file, nil)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := ekafhir.Bundle(document.Result)
	if err != nil {
		t.Fatal(err)
	}
	v2, err := c.Records.RetrieveFHIR(t.Context(), &ekacare.RecordsRetrieveFHIRParams{Identifier: document.DocumentID})
	if err != nil {
		t.Fatal(err)
	}
	v1, err := c.Records.RetrieveFHIRV1(t.Context(), &ekacare.RecordsRetrieveFHIRV1Params{Identifier: document.DocumentID})
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range []ekafhir.Document{v1, v2} {
		bundle, err := ekafhir.Bundle(source)
		if err != nil || len(bundle.Entry) != 1 ||
			bundle.Entry[0].Resource.(*fhir.Observation).ID != parsed.Entry[0].Resource.(*fhir.Observation).ID {
			t.Errorf("got %+v, %v", bundle, err)
		}
	}
	if _, err := c.Records.RetrieveFHIR(t.Context(),
		&ekacare.RecordsRetrieveFHIRParams{Identifier: "none"}); !errors.Is(err, caremux.ErrNotFound) {
		t.Errorf("of no care context: %v", err)
	}
	for _, problem := range srv.Problems() {
		t.Error(problem)
	}
}

// FuzzBundle holds that a document becomes a bundle that can be written, or an error that quotes nothing.
func FuzzBundle(f *testing.F) {
	f.Add(inBase64(report))
	f.Add(report)
	f.Add("e30")
	f.Add("--__==")
	f.Fuzz(func(t *testing.T, sent string) {
		bundle, err := ekafhir.Bundle(&ekacare.ParsingResult{Data: &ekacare.ParsingData{FHIR: sent}})
		if err != nil {
			if !errors.Is(err, caremux.ErrUnreadable) || bundle != nil {
				t.Errorf("got %v, %v", bundle, err)
			}
			return
		}
		if bundle == nil {
			return
		}
		if _, err := fhir.Marshal(bundle); err != nil && len(fhir.Misfits(bundle)) == 0 {
			t.Errorf("%q cannot be written: %v", sent, err)
		}
	})
}
