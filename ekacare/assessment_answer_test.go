package ekacare_test

import (
	"encoding/json"
	"errors"
	"math"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
)

func question(t *testing.T, step string) *ekacare.AssessmentQuestion {
	t.Helper()
	var s ekacare.AssessmentStep
	if err := json.Unmarshal([]byte(step), &s); err != nil {
		t.Fatal(err)
	}
	return &s.Questions[0]
}

func TestAnswersAreCheckedAgainstTheQuestion(t *testing.T) {
	closed := `{"questions":[{"qid":4,"component_code":"I-ATSG","component_data":{"autosuggest_static_choices":{"sections":[{"choices":[{"id":"s1"}]}]}}}]}`
	unknown := `{"questions":[{"qid":4,"component_code":"I-NEW","component_data":{"choices":[{"choice_id":"a"}]}}]}`
	qualified := func(id string, q ekacare.AssessmentQualifierID) ekacare.AssessmentAnswer {
		return ekacare.Qualify(map[string]ekacare.AssessmentQualifierID{id: q})
	}
	for _, tt := range []struct {
		name   string
		step   string
		answer ekacare.AssessmentAnswer
		field  string // at fault, "" if it fits
	}{
		{"radio: one", radioStep, ekacare.Choose("yes"), ""},
		{"radio: two", radioStep, ekacare.Choose("yes", "no"), "selected_choices"},
		{"radio: none", radioStep, ekacare.Choose(), "selected_choices"},
		{"radio: unknown", radioStep, ekacare.Choose("perhaps"), "selected_choices[0].choice_id"},
		{"radio: empty id", radioStep, ekacare.Choose(""), "selected_choices[0].choice_id"},
		{"radio: text", radioStep, ekacare.Text("yes"), "user_input"},
		{"radio: qualified", radioStep, qualified("yes", "p"), "selected_choices[0].choice_qualifier"},
		{"radio: skipped though mandatory", radioStep, ekacare.Skip(), "selected_choices"},
		{"multi: all", multiStep, ekacare.Choose("a", "b", "c"), ""},
		{"multi: twice", multiStep, ekacare.Choose("a", "b", "a"), "selected_choices[2].choice_id"},
		{"multi: second unknown", multiStep, ekacare.Choose("a", "x"), "selected_choices[1].choice_id"},
		{"multi: none", multiStep, ekacare.Choose(), "selected_choices"},
		{"multi: skipped", multiStep, ekacare.Skip(), ""},
		{"multi: number", multiStep, ekacare.Number(1), "user_input"},
		{"multi: qualified", multiStep, qualified("a", "p"), "selected_choices[0].choice_qualifier"},
		{"group: present", groupStep, qualified("fever", ekacare.AssessmentQualifierIDPresent), ""},
		{"group: unknown", groupStep, qualified("fever", ekacare.AssessmentQualifierIDUnknown), ""},
		{"group: what the question offers", groupStep, qualified("cough", "sometimes"), ""},
		{"group: what another choice offers", groupStep, qualified("fever", "sometimes"), "selected_choices[0].choice_qualifier"},
		{"group: no qualifier", groupStep, ekacare.Choose("fever"), "selected_choices[0].choice_qualifier"},
		{"group: unknown choice", groupStep, qualified("rash", "p"), "selected_choices[0].choice_id"},
		{"group: none", groupStep, ekacare.Qualify(nil), "selected_choices"},
		{"group: text", groupStep, ekacare.Text("x"), "user_input"},
		{"suggest: shown", suggestStep, ekacare.Choose("s1"), ""},
		{"suggest: looked up", suggestStep, ekacare.Choose("s1", "t9"), ""},
		{"suggest: typed", suggestStep, ekacare.Text("my knee"), ""},
		{"suggest: empty", suggestStep, ekacare.Text(""), "user_input"},
		{"suggest: nothing suggested", suggestStep, ekacare.ChooseSuggested(), "selected_choices"},
		{"suggest: twice", suggestStep, ekacare.Choose("t9", "t9"), "selected_choices[1].choice_id"},
		{"suggest without a look-up: shown", closed, ekacare.Choose("s1"), ""},
		{"suggest without a look-up: other", closed, ekacare.Choose("t9"), "selected_choices[0].choice_id"},
		{"new kind: text", unknown, ekacare.Text("x"), ""},
		{"new kind: several", unknown, ekacare.Choose("a"), ""},
		{"new kind: unknown choice", unknown, ekacare.Choose("b"), "selected_choices[0].choice_id"},
		{"new kind: no number", unknown, ekacare.Number(math.NaN()), "user_input"},
		{"no choices told", `{"questions":[{"qid":1,"component_code":"I-RADO"}]}`, ekacare.Choose("x"), ""},
		{"choices and text", unknown, ekacare.AssessmentAnswer{
			SelectedChoices: ekacare.Choose("a").SelectedChoices, UserInput: new("x"),
		}, "user_input"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := question(t, tt.step).Check(tt.answer)
			var argument *caremux.ArgumentError
			switch {
			case tt.field == "" && err != nil:
				t.Errorf("got %v", err)
			case tt.field != "" && (!errors.As(err, &argument) || argument.Field != tt.field):
				t.Errorf("got %v, want an error of %s", err, tt.field)
			}
		})
	}
}

func TestNumberIsWrittenPlainly(t *testing.T) {
	for n, want := range map[float64]string{37.5: "37.5", 120: "120", 1e21: "1000000000000000000000", -0.1: "-0.1"} {
		if got := *ekacare.Number(n).UserInput; got != want {
			t.Errorf("%v is sent as %q, want %q", n, got, want)
		}
	}
}
