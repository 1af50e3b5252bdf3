package ekacare_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
)

const bundle = `{"resourceType":"Bundle","type":"document","unknown":1}`

// parser takes a document and gives one of the answers with each look, the last one for ever.
func parser(looks ...string) *network {
	n := 0
	return &network{answer: func(r *http.Request, _ int) (*http.Response, error) {
		if r.Method == "POST" {
			return reply(200, `{"document_id":"doc 1"}`), nil
		}
		look := looks[min(n, len(looks)-1)]
		n++
		if status, body, ok := strings.Cut(look, ":"); ok && status == "400" {
			return reply(400, body), nil
		}
		return reply(200, look), nil
	}}
}

var smart = &ekacare.RecordsUploadParams{Task: []ekacare.ParsingTask{ekacare.ParsingTaskSmart}, Dt: new(ekacare.DocumentTypeLabReport)}

func report() caremux.File {
	return caremux.File{Name: "report.pdf", Content: strings.NewReader("%PDF")}
}

func TestParseWaitsForTheResult(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nw := parser(`{"status":"queued"}`, `{"status":"inprogress"}`, `{"status":"In_Progress"}`,
			`{"status":"completed","data":{"fhir":"`+base64.StdEncoding.EncodeToString([]byte(bundle))+`"}}`)
		var states []ekacare.ProcessingStatus
		start := time.Now()
		document, err := nw.client(t).For(ekacare.Identity{PatientID: "oid-1"}).Records.Parse(t.Context(), smart, report(),
			&ekacare.ParsingWait{MinWait: 2 * time.Second, Progress: func(d *ekacare.ParsedDocument) {
				if d.DocumentID != "doc 1" {
					t.Errorf("progress of %q", d.DocumentID)
				}
				states = append(states, d.Result.Status)
			}})
		if err != nil {
			t.Fatal(err)
		}
		if want := []ekacare.ProcessingStatus{"", "queued", "inprogress", "In_Progress", "completed"}; !slices.Equal(states, want) {
			t.Errorf("states %v", states)
		}
		if took := time.Since(start); took < 7*time.Second || took > 12*time.Second { // 2 + 3 + 4.5 s, give or take a fifth
			t.Errorf("took %v", took)
		}
		if raw, err := document.Result.FHIRJSON(); err != nil || document.DocumentID != "doc 1" || string(raw) != bundle {
			t.Errorf("bundle %s of %s (%v)", raw, document.DocumentID, err)
		}
		sent := nw.requests()
		if sent[0].method != "POST" || sent[0].path != "/mr/api/v2/docs" || sent[0].query.Encode() != "dt=lr&task=smart" ||
			!strings.Contains(sent[0].body, `name="file"; filename="report.pdf"`) || sent[0].header.Get("X-Pt-Id") != "oid-1" {
			t.Errorf("sent %+v", sent[0])
		}
		if sent[1].path != "/mr/api/v1/docs/doc%201/result" || sent[1].header.Get("X-Pt-Id") != "oid-1" {
			t.Errorf("looked at %s", sent[1].path)
		}
	})
}

func TestParsingThatEndsWithoutAResult(t *testing.T) {
	for _, tt := range []struct {
		name  string
		looks []string
		check func(err error) bool
		state ekacare.ProcessingStatus // as last seen
	}{
		{"failed", []string{`{"status":"inprogress"}`, `{"status":"error","error":[{"code":7,"message":"of Ada"}]}`}, func(err error) bool {
			var e *ekacare.DocumentParsingError
			return errors.As(err, &e) && e.Status == "error" && e.DocumentID == "doc 1" && *e.Result.Error[0].Code == 7 &&
				!errors.Is(err, caremux.ErrNotFound) && err.Error() == "ekacare: parsing the document failed"
		}, "error"},
		{"deleted", []string{`{"status":"deleted"}`}, func(err error) bool {
			var e *ekacare.DocumentParsingError
			return errors.As(err, &e) && e.Status == "deleted" && errors.Is(err, caremux.ErrNotFound)
		}, "deleted"},
		{"in a state that is not known", []string{`{"status":"queued"}`, `{"status":"archived"}`}, func(err error) bool {
			var e *ekacare.DocumentParsingError
			return errors.As(err, &e) && e.Status == "archived" && strings.HasSuffix(err.Error(), "a state that is not known")
		}, "archived"},
		{"in no state", []string{`{"data":null}`}, func(err error) bool { return errors.As(err, new(*ekacare.DocumentParsingError)) }, ""},
		{"complete and empty", []string{`{"status":"completed","data":null}`}, func(err error) bool {
			return errors.Is(err, caremux.ErrUnreadable)
		}, "completed"},
		{"refused", []string{`{"status":"queued"}`, `400:{"error":{"code":"NOPE"}}`}, func(err error) bool {
			var e *caremux.Error
			return errors.As(err, &e) && e.Status == 400 && e.Code == "NOPE"
		}, "queued"},
		{"never", []string{`{"status":"queued"}`}, func(err error) bool {
			var e *caremux.Error
			return errors.As(err, &e) && errors.Is(err, context.DeadlineExceeded) &&
				strings.HasSuffix(err.Error(), "was not parsed in time")
		}, "queued"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				document, err := parser(tt.looks...).client(t).Records.Parse(t.Context(), smart, report(), nil)
				if document == nil || document.DocumentID != "doc 1" || document.Result.Status != tt.state || !tt.check(err) {
					t.Errorf("got %+v, %v", document, err)
				}
				if took := time.Since(start); tt.name == "never" && (took > 5*time.Minute || took < 5*time.Minute-2*time.Second) {
					t.Errorf("gave up after %v", took)
				}
			})
		})
	}
}

func TestWaitingGoesOnByTheID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nw := parser(`{"status":"queued"}`, `{"status":"queued"}`, `{"status":"completed"}`, `{"status":"completed","data":{}}`) // it lags
		service := nw.client(t).Records
		gone := errors.New("gone")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second/2, func() { cancel(gone) })
		document, err := service.Parse(ctx, smart, report(), nil)
		if !errors.Is(err, gone) || document == nil || document.Result.Status != ekacare.ProcessingStatusQueued {
			t.Fatalf("got %+v, %v", document, err)
		}
		document, err = service.WaitParsed(t.Context(), document.DocumentID, nil)
		if err != nil || document.Result.Status != ekacare.ProcessingStatusCompleted || document.Result.Data == nil || nw.to("/docs") != 1 {
			t.Errorf("got %+v, %v", document, err)
		}
		if raw, err := document.Result.FHIRJSON(); raw != nil || err != nil {
			t.Errorf("FHIR %s (%v)", raw, err)
		}
	})
}

func TestParseIsCheckedFirst(t *testing.T) {
	nw := parser(`{"status":"completed"}`)
	service := nw.client(t).Records
	for name, tt := range map[string]struct {
		params  *ekacare.RecordsUploadParams
		content io.Reader
		field   string
	}{
		"no content":     {smart, nil, "file.Content"},
		"large":          {smart, bytes.NewReader(make([]byte, ekacare.MaxParsingSize+1)), "file.Content"},
		"large buffer":   {smart, bytes.NewBuffer(make([]byte, ekacare.MaxParsingSize+1)), "file.Content"},
		"without a task": {nil, strings.NewReader("x"), "task"},
		"sent twice":     {smart, strings.NewReader("x"), "WithIdempotent"},
	} {
		var opts []caremux.RequestOption
		if tt.field == "WithIdempotent" {
			opts = append(opts, caremux.WithIdempotent())
		}
		document, err := service.Parse(t.Context(), tt.params, caremux.File{Content: tt.content}, nil, opts...)
		var argument *caremux.ArgumentError
		if !errors.As(err, &argument) || argument.Field != tt.field || document != nil {
			t.Errorf("%s: got %+v, %v", name, document, err)
		}
	}
	if n := len(nw.requests()); n > 0 {
		t.Errorf("%d requests were sent", n)
	}
	if _, err := always(200, `{"document_id":""}`).client(t).Records.Parse(t.Context(), smart, report(),
		nil); !errors.Is(err, caremux.ErrUnreadable) {
		t.Errorf("no id: %v", err)
	} else if e := wantError(t, err, 200); !e.MaybeApplied() || e.Operation != "Records.Upload" {
		t.Errorf("no id: %v, MaybeApplied is %v", e, e.MaybeApplied())
	}
}

func TestFHIRIsReadInAnyBase64(t *testing.T) {
	raw := []byte(`{"a":"???>>>","b":"x"}`)
	for name, sent := range map[string]string{
		"standard": base64.StdEncoding.EncodeToString(raw), "URL": base64.URLEncoding.EncodeToString(raw),
		"unpadded": base64.RawStdEncoding.EncodeToString(raw), "lines": base64.StdEncoding.EncodeToString(raw)[:8] +
			"\r\n" + base64.StdEncoding.EncodeToString(raw)[8:],
		"plain": string(raw),
	} {
		got, err := (&ekacare.ParsingResult{Data: &ekacare.ParsingData{FHIR: sent}}).FHIRJSON()
		if err != nil || !bytes.Equal(got, raw) {
			t.Errorf("%s: %s (%v)", name, got, err)
		}
	}
	for name, sent := range map[string]string{
		"no base64": "§§", "no JSON": base64.StdEncoding.EncodeToString([]byte("Ada")), "cut off": "{",
	} {
		r := &ekacare.ParsingResult{Data: &ekacare.ParsingData{FHIR: sent}}
		if _, err := r.FHIRJSON(); !errors.Is(err, caremux.ErrUnreadable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzFHIR(f *testing.F) {
	f.Add(base64.StdEncoding.EncodeToString([]byte(bundle)))
	f.Add(bundle)
	f.Add("e30")
	f.Add("--__==")
	f.Fuzz(func(t *testing.T, sent string) {
		r := &ekacare.ParsingResult{Data: &ekacare.ParsingData{FHIR: sent}}
		raw, err := r.FHIRJSON()
		if err != nil {
			if !errors.Is(err, caremux.ErrUnreadable) || strings.Contains(err.Error(), "illegal") {
				t.Errorf("got %v", err)
			}
			return
		}
		if raw != nil && !json.Valid(raw) {
			t.Errorf("%q is no JSON", raw)
		}
	})
}

func TestOnlyABundleIsRetrieved(t *testing.T) {
	for body, taken := range map[string]bool{
		bundle: true, `{"resourceType":"Bundle"}`: true,
		`{"resourceType":"OperationOutcome","issue":[{"severity":"error"}]}`: false, `{"resourceType":"Patient"}`: false,
		`{"resourceType":7}`: false, `{"type":"document"}`: false, `{}`: false, `{"error":{"code":"x"}}`: false, `[]`: false, ``: false,
	} {
		records := always(200, body).client(t).Records
		for name, call := range map[string]func() (*ekacare.FHIRDocument, error){
			"v1": func() (*ekacare.FHIRDocument, error) {
				return records.RetrieveFHIRV1(t.Context(), &ekacare.RecordsRetrieveFHIRV1Params{Identifier: "1"})
			},
			"v2": func() (*ekacare.FHIRDocument, error) {
				return records.RetrieveFHIR(t.Context(), &ekacare.RecordsRetrieveFHIRParams{Identifier: "1"})
			},
		} {
			document, err := call()
			if taken {
				if raw, jsonErr := document.FHIRJSON(); err != nil || jsonErr != nil || string(raw) != body {
					t.Errorf("%s of %s: %s, %v, %v", name, body, raw, err, jsonErr)
				}
			} else if !errors.Is(err, caremux.ErrUnreadable) {
				t.Errorf("%s of %s: %v", name, body, err)
			}
		}
	}
}
