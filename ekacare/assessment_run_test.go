package ekacare_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
)

// Steps as the vendor sends them.
const (
	radioStep = `{"questions":[{"qid":1,"component_code":"I-RADO","question_text":"Do you smoke?","is_mandatory":true,"new_member":7,
		"component_data":{"choices":[{"choice_id":"yes","choice_label":"Yes"},{"choice_id":"no","choice_label":"No"}]}}],"progress":10,"is_last_question":false}`
	multiStep = `{"questions":[{"qid":2,"component_code":"I-MULT","question_text":"Which of these?","is_mandatory":false,
		"component_data":{"choices":[{"choice_id":"a"},{"choice_id":"b"},{"choice_id":"c"}]}}],"progress":20,"is_last_question":false}`
	groupStep = `{"questions":[{"qid":3,"component_code":"I-RADG","question_text":"Do you have?",
		"component_data":{"choices":[{"choice_id":"fever","qualifier":{"id":"p","label":"Yes"}},{"choice_id":"cough","qualifier":{"id":"sometimes","label":"Sometimes"}}]}}],"is_last_question":false}`
	suggestStep = `{"questions":[{"qid":4,"component_code":"I-ATSG","question_text":"What else?",
		"component_data":{"url":{"base_url":"https://terms.example/find?v=1","query_params":{"gender":"F","age":"31","src":"sa","lang":"en","n":5},"search_query_param":"q"},
		"autosuggest_static_choices":{"sections":[{"section_title":"Often","choices":[{"id":"s1","common_name":"Headache"}]}]}}}],"is_last_question":false}`
	lastStep = `{"is_last_question":true,"progress":100}`
)

// assessed is a network on which an assessment has these steps, the first from Start.
func assessed(steps ...string) *network {
	v := &network{}
	next := 0
	v.answer = func(r *http.Request, _ int) (*http.Response, error) {
		switch path := r.URL.Path; {
		case r.Method == "POST" && path == "/assessment/api/v1/init/":
			return reply(200, `{"assessment_id":"sa_1"}`), nil
		case r.Method == "PUT" && (strings.HasPrefix(path, "/assessment/api/v1/start/") ||
			strings.HasPrefix(path, "/assessment/api/v1/continue/")):
			next++
			return reply(200, steps[next-1]), nil
		case r.Method == "PUT" && path == "/assessment/api/v1/submit/sa_1":
			return reply(200, `{"success":true,"likelihood":{"flu":0.7},"explain":[]}`), nil
		}
		return reply(404, `{}`), nil
	}
	return v
}

var person = &ekacare.AssessmentInit{
	UserInfo:   ekacare.AssessmentUserInfo{Gender: ekacare.GenderFemale, Age: new(31)},
	WorkflowID: 1000, UniqueIdentifier: "visit-1",
}

func beginAssessment(t *testing.T, v *network) *ekacare.Assessment {
	t.Helper()
	a, err := v.client(t).Assessments.Begin(t.Context(), person)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAssessmentIsAnsweredQuestionByQuestion(t *testing.T) {
	v := assessed(radioStep, multiStep, groupStep, suggestStep,
		`{"questions":[{"qid":5,"component_code":"I-TEXT"}],"is_last_question":false}`, multiStep, lastStep)
	c := v.client(t).For(ekacare.Identity{ClientID: "clinic", Locale: ekacare.LocaleHindi})
	a, err := c.Assessments.Begin(t.Context(), person)
	if err != nil {
		t.Fatal(err)
	}
	answers := []ekacare.AssessmentAnswer{
		ekacare.Choose("no"),
		ekacare.Choose("c", "a"),
		ekacare.Qualify(map[string]ekacare.AssessmentQualifierID{"fever": "p", "cough": "sometimes"}),
		ekacare.ChooseSuggested(ekacare.AssessmentSuggestion{ID: "t9", Label: "Sore throat"}),
		ekacare.Number(37.5),
		ekacare.Skip(),
	}
	var asked []string
	for !a.Done() {
		asked = append(asked, string(a.Question().ComponentCode))
		if err := a.Answer(t.Context(), answers[len(asked)-1]); err != nil {
			t.Fatal(err)
		}
	}
	percent, known := a.Progress()
	result, err := a.Submit(t.Context())
	if err != nil || !*result.Success || percent != 100 || !known || !a.Submitted() || a.Question() != nil {
		t.Errorf("result %+v at %v %% (%v)", result, percent, err)
	}
	if want := []string{"I-RADO", "I-MULT", "I-RADG", "I-ATSG", "I-TEXT", "I-MULT"}; !slices.Equal(asked, want) {
		t.Errorf("asked %v, want %v", asked, want)
	}
	var lines []string
	for _, s := range v.requests() {
		lines = append(lines, s.method+" "+s.path+" "+s.body)
		if s.header.Get("Client-Id") != "clinic" || s.header.Get("Locale") != "hi" || s.header.Get("Auth") != "tok" {
			t.Errorf("%s with header %v", s.path, s.header)
		}
	}
	want := []string{
		`POST /assessment/api/v1/init/ {"user_info":{"gender":"F","age":31},"workflow_id":1000,"unique_identifier":"visit-1"}`,
		`PUT /assessment/api/v1/start/sa_1 `,
		`PUT /assessment/api/v1/continue/sa_1/1 {"user_response":[{"selected_choices":[{"choice_id":"no"}]}]}`,
		`PUT /assessment/api/v1/continue/sa_1/2 {"user_response":[{"selected_choices":[{"choice_id":"c"},{"choice_id":"a"}]}]}`,
		`PUT /assessment/api/v1/continue/sa_1/3 {"user_response":[{"selected_choices":[{"choice_id":"cough","choice_qualifier":"sometimes"},{"choice_id":"fever","choice_qualifier":"p"}]}]}`,
		`PUT /assessment/api/v1/continue/sa_1/4 {"user_response":[{"selected_choices":[{"choice_id":"t9","choice_label":"Sore throat"}]}]}`,
		`PUT /assessment/api/v1/continue/sa_1/5 {"user_response":[{"user_input":"37.5"}]}`,
		`PUT /assessment/api/v1/continue/sa_1/2 {"user_response":[{}]}`,
		`PUT /assessment/api/v1/submit/sa_1 `,
	}
	if !slices.Equal(lines, want) {
		t.Errorf("sent\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
}

func TestAssessmentStepsOutOfTurnFailBeforeAnythingIsSent(t *testing.T) {
	for _, tt := range []struct {
		name  string
		steps []string
		does  func(*testing.T, *ekacare.Assessment) error
		want  error
	}{
		{"submit with a question left", []string{radioStep}, func(t *testing.T, a *ekacare.Assessment) error {
			_, err := a.Submit(t.Context())
			return err
		}, ekacare.ErrAssessmentNotDone},
		{"answer without a question", []string{lastStep}, func(t *testing.T, a *ekacare.Assessment) error {
			return a.Answer(t.Context(), ekacare.Skip())
		}, ekacare.ErrAssessmentDone},
		{"fewer answers than questions", []string{radioStep}, func(t *testing.T, a *ekacare.Assessment) error {
			return a.AnswerAll(t.Context(), nil)
		}, caremux.ErrInvalid},
		{"skipped though mandatory", []string{radioStep}, func(t *testing.T, a *ekacare.Assessment) error {
			return a.Answer(t.Context(), ekacare.Skip())
		}, caremux.ErrInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := assessed(tt.steps...)
			if err := tt.does(t, beginAssessment(t, v)); !errors.Is(err, tt.want) || len(v.requests()) != 2 {
				t.Errorf("got %v after %d requests, want %v", err, len(v.requests()), tt.want)
			}
		})
	}
	t.Run("after the submission", func(t *testing.T) {
		v := assessed(lastStep)
		a := beginAssessment(t, v)
		if _, err := a.Submit(t.Context()); err != nil {
			t.Fatal(err)
		}
		_, again := a.Submit(t.Context())
		answered := a.Answer(t.Context(), ekacare.Skip())
		if !errors.Is(again, ekacare.ErrAssessmentSubmitted) || !errors.Is(answered, ekacare.ErrAssessmentSubmitted) ||
			len(v.requests()) != 3 {
			t.Errorf("got %v and %v after %d requests", again, answered, len(v.requests()))
		}
	})
}

func TestQuestionThatIsCalledTheLastMayStayOpen(t *testing.T) {
	last := strings.Replace(multiStep, `"is_last_question":false`, `"is_last_question":true`, 1)
	a := beginAssessment(t, assessed(last))
	if a.Done() || a.Question() == nil {
		t.Error("the last question is not asked")
	}
	if _, err := a.Submit(t.Context()); err != nil {
		t.Error(err)
	}
	a = beginAssessment(t, assessed(last, lastStep))
	if err := a.Answer(t.Context(), ekacare.Choose("a")); err != nil || !a.Done() {
		t.Errorf("answer: %v, done %v", err, a.Done())
	}
}

func TestFailedStepCanBeRepeated(t *testing.T) {
	v := assessed(radioStep, lastStep)
	serve, fail := v.answer, true
	v.answer = func(r *http.Request, n int) (*http.Response, error) {
		if fail && strings.Contains(r.URL.Path, "/continue/") {
			fail = false
			return reply(400, `{"error":{"error_code":"invalid_field_choice","display_message":"Please choose","message":"m"}}`), nil
		}
		return serve(r, n)
	}
	a := beginAssessment(t, v)
	e := wantError(t, a.Answer(t.Context(), ekacare.Choose("no")), 400)
	if details, _ := e.Details.(ekacare.ErrorDetails); e.Code != "invalid_field_choice" ||
		details.DisplayMessage != "Please choose" || *a.Question().Qid != 1 {
		t.Errorf("got %v with %+v at question %+v", e, e.Details, a.Question())
	}
	if err := a.Answer(t.Context(), ekacare.Choose("no")); err != nil || !a.Done() {
		t.Error(err)
	}
}

func TestExpiredAssessmentIsTold(t *testing.T) {
	expired := `{"error":{"error_code":"cache_not_found","display_message":"Session expired","message":"m"}}`
	for name, does := range map[string]func(*ekacare.Assessment) error{
		"answer": func(a *ekacare.Assessment) error { return a.Answer(t.Context(), ekacare.Choose("no")) },
		"submit": func(a *ekacare.Assessment) error { _, err := a.Submit(t.Context()); return err },
	} {
		step := map[string]string{"answer": radioStep, "submit": lastStep}[name]
		v := assessed(step)
		a := beginAssessment(t, v)
		v.answer = always(400, expired).answer
		if err := does(a); !errors.Is(err, ekacare.ErrAssessmentExpired) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestStepThatLeadsNowhereIsUnreadable(t *testing.T) {
	for name, step := range map[string]string{
		"neither question nor end": `{"progress":50}`,
		"no id":                    `{"questions":[{"question_text":"?"}],"is_last_question":false}`,
		"an id that is no number":  `{"questions":[{"qid":"one"}],"is_last_question":false}`,
	} {
		if _, err := assessed(step).client(t).Assessments.Begin(t.Context(), person); !errors.Is(err, caremux.ErrUnreadable) {
			t.Errorf("%s: begin: %v", name, err)
		}
		a := beginAssessment(t, assessed(radioStep, step))
		if err := a.Answer(t.Context(), ekacare.Choose("no")); !errors.Is(err, caremux.ErrUnreadable) ||
			a.Done() || *a.Question().Qid != 1 {
			t.Errorf("%s: answer: %v", name, err)
		}
	}
	if _, err := always(200, `{}`).client(t).Assessments.Begin(t.Context(), person); !errors.Is(err, caremux.ErrUnreadable) {
		t.Errorf("no assessment: %v", err)
	}
}

func TestQuestionsAskedTogetherAreAnsweredTogether(t *testing.T) {
	v := assessed(
		`{"questions":[{"qid":8,"component_code":"I-RADO"},{"qid":9,"component_code":"I-NUMB"}],"is_last_question":false}`, lastStep)
	a := beginAssessment(t, v)
	if len(a.Questions()) != 2 {
		t.Fatalf("%d questions", len(a.Questions()))
	}
	if err := a.Answer(t.Context(), ekacare.Choose("x")); !errors.Is(err, caremux.ErrInvalid) {
		t.Errorf("one answer to two questions: %v", err)
	}
	var argument *caremux.ArgumentError
	if err := a.AnswerAll(t.Context(), []ekacare.AssessmentAnswer{ekacare.Choose("x"), ekacare.Text("")}); !errors.As(err, &argument) ||
		argument.Field != "user_response[1].user_input" || argument.Operation != "Assessments.Answer" {
		t.Errorf("got %v", err)
	}
	if err := a.AnswerAll(t.Context(), []ekacare.AssessmentAnswer{ekacare.Choose("x"), ekacare.Number(-1e21)}); err != nil {
		t.Fatal(err)
	}
	want := `{"user_response":[{"selected_choices":[{"choice_id":"x"}]},{"user_input":"-1000000000000000000000"}]}`
	if sent := v.requests()[2]; !strings.HasSuffix(sent.path, "/8") || sent.body != want {
		t.Errorf("sent %s %s", sent.path, sent.body)
	}
}

func TestAssessmentGoesOnFromItsState(t *testing.T) {
	v := assessed(radioStep, multiStep, lastStep)
	c := v.client(t)
	kept, err := json.Marshal(beginAssessment(t, v).State())
	if err != nil {
		t.Fatal(err)
	}
	resume := func() *ekacare.Assessment {
		t.Helper()
		var state ekacare.AssessmentState
		if err := json.Unmarshal(kept, &state); err != nil {
			t.Fatal(err)
		}
		a, err := c.Assessments.Resume(state)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	keep := func(a *ekacare.Assessment) {
		t.Helper()
		if kept, err = json.Marshal(a.State()); err != nil {
			t.Fatal(err)
		}
	}
	if raw := string(resume().Step().RawJSON()); !strings.Contains(raw, "new_member") {
		t.Errorf("the step lost what has no Go name: %s", raw)
	}
	for _, answer := range []ekacare.AssessmentAnswer{ekacare.Choose("yes"), ekacare.Choose("b")} { // a request of the web service each
		a := resume()
		if a.ID() != "sa_1" || a.Done() {
			t.Fatalf("resumed %s, done %v", a.ID(), a.Done())
		}
		if err := a.Answer(t.Context(), answer); err != nil {
			t.Fatal(err)
		}
		keep(a)
	}
	a := resume()
	if _, err := a.Submit(t.Context()); err != nil {
		t.Fatal(err)
	}
	keep(a)
	if _, err := resume().Submit(t.Context()); !errors.Is(err, ekacare.ErrAssessmentSubmitted) {
		t.Errorf("submitted again: %v", err)
	}
	if n := len(v.requests()); n != 5 {
		t.Errorf("%d requests were sent, want 5", n)
	}
}

func TestStateThatIsNoneIsRefused(t *testing.T) {
	v := assessed()
	for name, tt := range map[string]struct {
		state ekacare.AssessmentState
		field string
	}{
		"zero":          {ekacare.AssessmentState{}, "assessment_id"},
		"no step":       {ekacare.AssessmentState{AssessmentID: "sa_1"}, "step"},
		"null":          {ekacare.AssessmentState{AssessmentID: "sa_1", Step: []byte(`null`)}, "step"},
		"a list":        {ekacare.AssessmentState{AssessmentID: "sa_1", Step: []byte(`[]`)}, "step"},
		"not JSON":      {ekacare.AssessmentState{AssessmentID: "sa_1", Step: []byte(`{"questions":`)}, "step"},
		"leads nowhere": {ekacare.AssessmentState{AssessmentID: "sa_1", Step: []byte(`{}`)}, "step"},
	} {
		_, err := v.client(t).Assessments.Resume(tt.state)
		var argument *caremux.ArgumentError
		if !errors.As(err, &argument) || argument.Field != tt.field || argument.Operation != "Assessments.Resume" {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// FuzzAssessmentResume: what was kept may have been changed; a resumed assessment can always be asked, and exported again.
func FuzzAssessmentResume(f *testing.F) {
	for _, step := range []string{
		radioStep, multiStep, groupStep, suggestStep, lastStep, `{"questions":[{"qid":1,"component_data":{"choices":null}}]}`, `[]`,
	} {
		f.Add([]byte(step), "yes")
	}
	f.Fuzz(func(t *testing.T, step []byte, id string) {
		c := assessed(lastStep).client(t)
		a, err := c.Assessments.Resume(ekacare.AssessmentState{AssessmentID: "sa_1", Step: step})
		if err != nil {
			return
		}
		if a.Done() != (a.Question() == nil) {
			t.Errorf("done %v with question %v", a.Done(), a.Question())
		}
		if !a.Done() {
			_ = a.Question().Check(ekacare.Choose(id))
			_ = a.Question().Check(ekacare.Qualify(map[string]ekacare.AssessmentQualifierID{"yes": "p", id: "a"}))
		}
		if again, err := c.Assessments.Resume(a.State()); err != nil || fmt.Sprint(again.Done()) != fmt.Sprint(a.Done()) {
			t.Errorf("resumed once more: %v", err)
		}
	})
}
