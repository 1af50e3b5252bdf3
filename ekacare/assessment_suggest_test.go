package ekacare_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
)

// suggesting is an assessment at the step, whose look-ups are answered with body.
func suggesting(t *testing.T, step string, status int, body string) (*ekacare.Assessment, *network) {
	t.Helper()
	v := assessed(step)
	serve := v.answer
	v.answer = func(r *http.Request, n int) (*http.Response, error) {
		if r.Method == "GET" {
			return reply(status, body), nil
		}
		return serve(r, n)
	}
	c := v.client(t).For(ekacare.Identity{ClientID: "clinic", Locale: ekacare.LocaleHindi, PatientID: "oid"})
	a, err := c.Assessments.Begin(t.Context(), person)
	if err != nil {
		t.Fatal(err)
	}
	return a, v
}

func TestSuggestionsAreLookedUpWithoutTheToken(t *testing.T) {
	for _, tt := range []struct {
		name, base, host, path string
	}{
		{"another host", "https://terms.example/find?v=1", "terms.example", "/find"},
		{"the API's own", "https://api.eka.care/find?v=1", "api.eka.care", "/find"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, v := suggesting(t, strings.Replace(suggestStep, "https://terms.example/find?v=1", tt.base, 1), 200,
				`[{"id":"t9","common_name":"Sore throat","rank":3}]`)
			found, err := a.Suggest(t.Context(), "sore & dry")
			if err != nil || len(found) != 1 || found[0].ID != "t9" || found[0].Label != "Sore throat" ||
				!strings.Contains(string(found[0].RawJSON()), "rank") {
				t.Fatalf("found %+v (%v)", found, err)
			}
			sent := v.requests()[2]
			if sent.method != "GET" || sent.host != tt.host || sent.path != tt.path ||
				sent.query.Encode() != "age=31&gender=F&lang=en&n=5&q=sore+%26+dry&src=sa&v=1" {
				t.Errorf("sent %s %s%s?%s", sent.method, sent.host, sent.path, sent.query.Encode())
			}
			for name, values := range sent.header {
				switch name {
				case "Accept", "User-Agent":
				default:
					t.Errorf("the look-up carries %s: %v", name, values)
				}
			}
		})
	}
}

func TestSuggestionsAreReadFromTheUsualForms(t *testing.T) {
	for _, tt := range []struct {
		name, body string
		want       string // ids and labels; "!" if unreadable
	}{
		{"list", `[{"id":"1","common_name":"One"},{"id":2,"name":"Two"}]`, "1=One 2=Two"},
		{"choices", `{"choices":[{"choice_id":"1","choice_label":"One"}]}`, "1=One"},
		{"data", `{"success":true,"data":[{"id":"1","label":"One"}]}`, "1=One"},
		{"data in data", `{"data":{"results":[{"id":"1"}]}}`, "1="},
		{"nothing found", `{"data":[]}`, ""},
		{"no list", `{"data":{"id":"1"}}`, "!"},
		{"no ids", `[{"common_name":"One"}]`, "!"},
		{"texts", `["One"]`, "!"},
		{"null", `null`, "!"},
		{"HTML", `<html>`, "!"},
		{"nothing", ``, "!"},
		{"too long", `[{"id":"` + strings.Repeat("1", 1<<20) + `"}]`, "!"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, _ := suggesting(t, suggestStep, 200, tt.body)
			found, err := a.Suggest(t.Context(), "x")
			if tt.want == "!" {
				if !errors.Is(err, caremux.ErrUnreadable) || strings.Contains(printed(err), "One") {
					t.Errorf("found %+v (%v)", found, err)
				}
				return
			}
			var got []string
			for _, s := range found {
				got = append(got, s.ID+"="+s.Label)
			}
			if err != nil || strings.Join(got, " ") != tt.want || found == nil {
				t.Errorf("found %q (%v), want %q", got, err, tt.want)
			}
		})
	}
}

func TestLookUpThatCannotBeMadeFailsBeforeSending(t *testing.T) {
	for name, step := range map[string]string{
		"a question with choices": radioStep,
		"no question":             lastStep,
		"plain http":              strings.Replace(suggestStep, "https://", "http://", 1),
		"no parameter":            strings.Replace(suggestStep, `,"search_query_param":"q"`, "", 1),
		"no address":              strings.Replace(suggestStep, "https://terms.example/find?v=1", "", 1),
		"no URL":                  strings.Replace(suggestStep, "https://terms.example/find?v=1", "https://%zz", 1),
	} {
		a, v := suggesting(t, step, 200, `[]`)
		if _, err := a.Suggest(t.Context(), "x"); !errors.Is(err, caremux.ErrInvalid) || len(v.requests()) != 2 {
			t.Errorf("%s: got %v after %d requests", name, err, len(v.requests()))
		}
	}
	a, _ := suggesting(t, suggestStep, 403, `{}`)
	_, err := a.Suggest(t.Context(), "x")
	if e := wantError(t, err, 403); e.Operation != "Assessments.Suggest" || strings.Contains(printed(err), "terms.example") {
		t.Errorf("got %v", err)
	}
}

// FuzzSuggest: whatever a look-up answers, what is found can be chosen.
func FuzzSuggest(f *testing.F) {
	for _, body := range []string{
		`[{"id":"1","common_name":"One"}]`, `{"data":{"choices":[{"choice_id":7}]}}`, `{"data":[null]}`, `[[]]`, `{`, `null`,
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		a, _ := suggesting(t, suggestStep, 200, body)
		found, err := a.Suggest(t.Context(), "x")
		if (err == nil) != (found != nil) {
			t.Fatalf("found %+v (%v)", found, err)
		}
		ids := map[string]bool{}
		for _, s := range found {
			if !ids[s.ID] {
				if err := a.Question().Check(ekacare.ChooseSuggested(s)); err != nil {
					t.Errorf("%q cannot be chosen: %v", s.ID, err)
				}
			}
			ids[s.ID] = true
		}
	})
}
