package ekacare

import (
	"math"
	"slices"
	"strconv"
)

// Choose is the answer that chooses from what a question offers: one choice for [AssessmentComponentCodeRadio], any number for
// [AssessmentComponentCodeMulti] and [AssessmentComponentCodeAutosuggest].
func Choose(ids ...string) AssessmentAnswer {
	chosen := make([]AssessmentSelectedChoice, 0, len(ids)) // not nil, which would skip the question
	for _, id := range ids {
		chosen = append(chosen, AssessmentSelectedChoice{ChoiceID: id})
	}
	return AssessmentAnswer{SelectedChoices: chosen}
}

// ChooseSuggested is the answer that chooses from what [Assessment.Suggest] found.
func ChooseSuggested(suggestions ...AssessmentSuggestion) AssessmentAnswer {
	chosen := make([]AssessmentSelectedChoice, 0, len(suggestions))
	for _, s := range suggestions {
		choice := AssessmentSelectedChoice{ChoiceID: s.ID}
		if s.Label != "" {
			choice.ChoiceLabel = new(s.Label)
		}
		chosen = append(chosen, choice)
	}
	return AssessmentAnswer{SelectedChoices: chosen}
}

// Qualify is the answer to an [AssessmentComponentCodeRadioGroup]: whether each choice, by its id, is present, absent or unknown.
// They are sent in the order of their ids.
func Qualify(choices map[string]AssessmentQualifierID) AssessmentAnswer {
	chosen := make([]AssessmentSelectedChoice, 0, len(choices))
	for id, qualifier := range choices {
		chosen = append(chosen, AssessmentSelectedChoice{ChoiceID: id, ChoiceQualifier: new(qualifier)})
	}
	slices.SortFunc(chosen, func(a, b AssessmentSelectedChoice) int {
		if a.ChoiceID < b.ChoiceID {
			return -1
		}
		return 1
	})
	return AssessmentAnswer{SelectedChoices: chosen}
}

// Text is the answer to a question that the user types.
func Text(typed string) AssessmentAnswer { return AssessmentAnswer{UserInput: &typed} }

// Number is [Text] for a number, without an exponent and with no more digits than it needs.
func Number(n float64) AssessmentAnswer {
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return Text("") // refused by Check
	}
	return Text(strconv.FormatFloat(n, 'f', -1, 64))
}

// Skip leaves a question that is not mandatory without an answer.
func Skip() AssessmentAnswer { return AssessmentAnswer{} }

// Check checks an answer to the question. It returns a [*caremux.ArgumentError] that names the field if the answer does
// not fit the question. Questions of kinds that this package does not know take any answer that is not empty.
func (q *AssessmentQuestion) Check(answer AssessmentAnswer) error {
	if err := answer.Validate(); err != nil {
		return err
	}
	if answer.UserInput != nil {
		switch q.ComponentCode {
		case AssessmentComponentCodeRadio, AssessmentComponentCodeMulti, AssessmentComponentCodeRadioGroup:
			return invalidArgument("user_input", "does not answer a question that wants choices")
		}
		if *answer.UserInput == "" {
			return invalidArgument("user_input", "must not be empty; an answer without fields skips the question")
		}
		return nil
	}
	if answer.SelectedChoices == nil {
		if q.IsMandatory != nil && *q.IsMandatory {
			return invalidArgument("selected_choices", "is required, since the question is mandatory")
		}
		return nil
	}
	return q.checkChoices(answer.SelectedChoices)
}

func (q *AssessmentQuestion) checkChoices(chosen []AssessmentSelectedChoice) error {
	switch {
	case len(chosen) == 0:
		return invalidArgument("selected_choices", "must not be empty; an answer without fields skips the question")
	case len(chosen) > 1 && q.ComponentCode == AssessmentComponentCodeRadio:
		return invalidArgument("selected_choices", "must be one choice")
	}
	offered, open := q.offered()
	seen := map[string]bool{}
	for i, choice := range chosen {
		path := "selected_choices[" + strconv.Itoa(i) + "]."
		qualifiers, known := offered[choice.ChoiceID]
		switch {
		case choice.ChoiceID == "":
			return invalidArgument(path+"choice_id", "is required")
		case seen[choice.ChoiceID]:
			return invalidArgument(path+"choice_id", "must not come twice")
		case !known && !open:
			return invalidArgument(path+"choice_id", "must be a choice of the question")
		case q.ComponentCode == AssessmentComponentCodeRadioGroup && !qualifies(choice.ChoiceQualifier, qualifiers):
			return invalidArgument(path+"choice_qualifier", "must be p, a or u, or what the question offers")
		case choice.ChoiceQualifier != nil &&
			(q.ComponentCode == AssessmentComponentCodeRadio || q.ComponentCode == AssessmentComponentCodeMulti):
			return invalidArgument(path+"choice_qualifier", "is only for radio groups")
		}
		seen[choice.ChoiceID] = true
	}
	return nil
}

func qualifies(q *AssessmentQualifierID, offered []AssessmentQualifierID) bool {
	if q == nil {
		return false
	}
	switch *q {
	case AssessmentQualifierIDPresent, AssessmentQualifierIDAbsent, AssessmentQualifierIDUnknown:
		return true
	}
	return slices.Contains(offered, *q)
}

// offered returns the ids of the choices with their qualifiers, and whether there are choices beyond these: found by a look-up, or
// in a question that names none.
func (q *AssessmentQuestion) offered() (choices map[string][]AssessmentQualifierID, open bool) {
	choices = map[string][]AssessmentQualifierID{}
	data := q.ComponentData
	if data == nil {
		return choices, true
	}
	for _, choice := range data.Choices {
		qualifiers := choices[choice.ChoiceID]
		for _, qualifier := range choice.Qualifier.List {
			qualifiers = append(qualifiers, qualifier.ID)
		}
		choices[choice.ChoiceID] = qualifiers
	}
	if data.AutosuggestStaticChoices != nil {
		for _, section := range data.AutosuggestStaticChoices.Sections {
			for _, choice := range section.Choices {
				choices[choice.ID] = nil
			}
		}
	}
	return choices, len(choices) == 0 || data.URL != nil && data.URL.BaseURL != ""
}
