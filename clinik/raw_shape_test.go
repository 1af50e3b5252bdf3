package clinik_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
)

// rawCalls are calls of the raw FHIR routes, by what the path asks for.
var rawCalls = map[string]func(context.Context, *clinik.FHIRService) (*clinik.FHIRResource, error){
	"get": func(ctx context.Context, s *clinik.FHIRService) (*clinik.FHIRResource, error) {
		return s.Get(ctx, "Patient", "1")
	},
	"version": func(ctx context.Context, s *clinik.FHIRService) (*clinik.FHIRResource, error) {
		return s.GetVersion(ctx, "Patient", "1", "3")
	},
	"create": func(ctx context.Context, s *clinik.FHIRService) (*clinik.FHIRResource, error) {
		return s.Create(ctx, "Patient", map[string]any{})
	},
	"replace": func(ctx context.Context, s *clinik.FHIRService) (*clinik.FHIRResource, error) {
		return s.Replace(ctx, "Patient", "1", map[string]any{})
	},
	"patch": func(ctx context.Context, s *clinik.FHIRService) (*clinik.FHIRResource, error) {
		return s.Patch(ctx, "Patient", "1", clinik.JSONPatch{{Op: clinik.JSONPatchOpRemove, Path: "/gender"}})
	},
	"search": func(ctx context.Context, s *clinik.FHIRService) (*clinik.FHIRResource, error) {
		return s.Search(ctx, "Patient")
	},
	"history": func(ctx context.Context, s *clinik.FHIRService) (*clinik.FHIRResource, error) {
		return s.History(ctx, "Patient", "1")
	},
	"history of the type": func(ctx context.Context, s *clinik.FHIRService) (*clinik.FHIRResource, error) {
		return s.TypeHistory(ctx, "Patient")
	},
	"transaction": func(ctx context.Context, s *clinik.FHIRService) (*clinik.FHIRResource, error) {
		return s.Transaction(ctx, map[string]any{})
	},
	"everything": func(ctx context.Context, s *clinik.FHIRService) (*clinik.FHIRResource, error) {
		return s.InstanceOperationGet(ctx, "Patient", "1", "$everything")
	},
	"everything by POST": func(ctx context.Context, s *clinik.FHIRService) (*clinik.FHIRResource, error) {
		return s.TypeOperation(ctx, "Patient", "$everything", nil)
	},
	"validate": func(ctx context.Context, s *clinik.FHIRService) (*clinik.FHIRResource, error) {
		return s.InstanceOperation(ctx, "Patient", "1", "$validate", nil)
	},
	"operation": func(ctx context.Context, s *clinik.FHIRService) (*clinik.FHIRResource, error) {
		return s.TypeOperation(ctx, "Patient", "$match", nil)
	},
}

func TestARawResponseIsTheResourceThatWasAskedFor(t *testing.T) {
	patient := "get,version,create,replace,patch,validate,operation"
	bundle := "search,history,history of the type,transaction,everything,everything by POST,validate,operation"
	for _, tt := range []struct {
		body  string
		taken string // by which calls
	}{
		{`{"resourceType":"Patient","id":"1","meta":{"versionId":"3"}}`, patient},
		{`{"id":1,"resourceType":"Patient","meta":{"versionId":3}}`, patient},
		{`{"resourceType":"Patient","id":"1"}`, patient},
		{`{"resourceType":"Patient","id":"1","meta":{"versionId":"2"}}`, "get,create,replace,patch,validate,operation"},
		{`{"resourceType":"Patient","id":"2"}`, "create,validate,operation"},
		{`{"resourceType":"Patient"}`, "validate,operation"},
		{`{"resourceType":"Patient","id":"1","id":"2"}`, "validate,operation"},
		{`{"resourceType":"Patient","id":"1","ID":"2"}`, "validate,operation"},
		{`{"resourceType":"Group","id":"1"}`, "validate,operation"},
		{`{"resourceType":"Patient","resourceType":"Group","id":"1"}`, ""},
		{`{"resourceType":"Bundle","id":"1"}`, bundle},
		{`{"resourceType":"Bundle"}`, bundle},
		{`{"resourceType":"Bundle","entry":[],"link":[]}`, bundle},
		{`{"resourceType":"Bundle","entry":[],"Entry":[{}]}`, "validate,operation"},
		{`{"resourceType":"Bundle","link":[],"entry":[],"link":[]}`, "validate,operation"},
		{`{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"S3CRET"}]}`, "validate"},
		{`{"resourceType":"OperationOutcome","issue":[{"severity":"information"}]}`, "validate,operation"},
		{`{"resourceType":7,"id":"1"}`, ""},
		{`{"data":{"resourceType":"Patient","id":"1"}}`, ""},
		{`{"id":"1"}`, ""},
		{`{}`, ""},
		{`[]`, ""},
		{``, ""},
	} {
		for name, call := range rawCalls {
			nw := always(200, tt.body)
			got, err := call(t.Context(), nw.client(t, caremux.WithRetry(caremux.NoRetry)).FHIR)
			if slices.Contains(strings.Split(tt.taken, ","), name) {
				if err != nil || string(got.RawJSON()) != tt.body {
					t.Errorf("%s of %s: %v, %v", name, tt.body, got, err)
				}
				continue
			}
			e := wantError(t, err, 200)
			reads := slices.Contains([]string{"get", "version", "search", "history", "history of the type", "everything"}, name)
			if !errors.Is(err, caremux.ErrUnreadable) || e.MaybeApplied() == reads || string(e.Body()) != tt.body ||
				strings.Contains(printed(err), "S3CRET") {
				t.Errorf("%s of %s: %v, may be applied %v", name, tt.body, err, e.MaybeApplied())
			}
		}
	}
}

func TestADeletionWithAnOutcomeOfErrorsIsNone(t *testing.T) {
	for body, fails := range map[string]bool{
		``: false,
		`{"resourceType":"OperationOutcome","issue":[{"severity":"information"}]}`: false,
		`{"resourceType":"OperationOutcome","issue":[{"severity":"error"}]}`:       true,
	} {
		c := always(200, body).client(t)
		for name, err := range map[string]error{
			"raw":  c.FHIR.Delete(t.Context(), "Patient", "1"),
			"flat": c.Patients.Delete(t.Context(), "1"),
		} {
			if errors.Is(err, caremux.ErrUnreadable) != fails || (err != nil) != fails {
				t.Errorf("%s: %q gives %v", name, body, err)
			}
		}
	}
}
