package ekacaretest_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
)

func patientToAssess(patient string) *ekacare.AssessmentInit {
	return &ekacare.AssessmentInit{
		UserInfo:   ekacare.AssessmentUserInfo{Gender: ekacare.GenderOther, Age: new(40)},
		WorkflowID: 1000, UniqueIdentifier: "visit-" + patient, PatientUUID: &patient,
	}
}

func beginAssessment(t *testing.T, c *ekacare.Client, patient string) *ekacare.Assessment {
	t.Helper()
	a, err := c.Assessments.Begin(t.Context(), patientToAssess(patient))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// fitting is an answer to any of the usual questions.
func fitting(q *ekacare.AssessmentQuestion) ekacare.AssessmentAnswer {
	switch q.ComponentCode {
	case ekacare.AssessmentComponentCodeRadio:
		return ekacare.Choose(q.ComponentData.Choices[0].ChoiceID)
	case ekacare.AssessmentComponentCodeMulti:
		return ekacare.Skip()
	case ekacare.AssessmentComponentCodeRadioGroup:
		return ekacare.Qualify(map[string]ekacare.AssessmentQualifierID{"travel": ekacare.AssessmentQualifierIDAbsent})
	}
	return ekacare.Choose("s-fever")
}

func TestAssessmentFromTheFirstQuestionToTheResult(t *testing.T) {
	srv, c := setup(t)
	a := beginAssessment(t, c, "p-1")
	documented(t, a.Step())
	found, err := a.Suggest(t.Context(), "thro")
	if err != nil || len(found) != 1 || found[0].ID != "s-throat" {
		t.Fatalf("found %+v (%v)", found, err)
	}
	var kinds []ekacare.AssessmentComponentCode
	for answer := ekacare.ChooseSuggested(found...); !a.Done(); {
		kinds = append(kinds, a.Question().ComponentCode)
		if err := a.Answer(t.Context(), answer); err != nil {
			t.Fatal(err)
		}
		if !a.Done() {
			answer = fitting(a.Question())
		}
	}
	if !slices.Equal(kinds, []ekacare.AssessmentComponentCode{"I-ATSG", "I-RADO", "I-MULT", "I-RADG"}) {
		t.Errorf("asked %v", kinds)
	}
	result := must(a.Submit(t.Context()))(t)
	answers := srv.AssessmentAnswers(a.ID())
	if !*result.Success || len(answers) != 4 || *answers[0].SelectedChoices[0].ChoiceLabel != "Sore throat" ||
		answers[2].SelectedChoices != nil ||
		*answers[3].SelectedChoices[0].ChoiceQualifier != ekacare.AssessmentQualifierIDAbsent {
		t.Errorf("result %+v, answers %+v", result, answers)
	}
	list := must(c.Assessments.List(t.Context(), &ekacare.AssessmentsListParams{PatientUUID: new("p-1")}))(t)
	if len(list.Items) != 1 || list.Items[0].Conversations[0].Conversationid != a.ID() {
		t.Errorf("listed %+v", list.Items)
	}
}

func TestAssessmentIsForgotten(t *testing.T) {
	srv, c := setup(t)
	a := beginAssessment(t, c, "p-1")
	srv.ExpireAssessments()
	if err := a.Answer(t.Context(), ekacare.Choose("s-fever")); !errors.Is(err, ekacare.ErrAssessmentExpired) {
		t.Errorf("got %v", err)
	}
}

func TestAnAnswerWhoseReplyGetsLostIsSentAgain(t *testing.T) {
	srv, c := setup(t)
	srv.SetAssessment(ekacare.AssessmentQuestion{QuestionText: "How hot?", ComponentCode: "I-NUMB"},
		ekacare.AssessmentQuestion{QuestionText: "Since when?"})
	a := beginAssessment(t, c, "p-1")
	srv.Fail(ekacaretest.Fault{Operation: "Assessments.Continue", AfterWork: true, Reset: true})
	if err := a.Answer(t.Context(), ekacare.Number(39)); err != nil || *a.Question().Qid != 2 {
		t.Fatalf("at %+v (%v)", a.Question(), err)
	}
	if answers := srv.AssessmentAnswers(a.ID()); len(answers) != 1 || *answers[0].UserInput != "39" ||
		count(srv, "Assessments.Continue") != 2 {
		t.Errorf("answers %+v", answers)
	}
}

func TestAssessmentRefusesWhatTheVendorWould(t *testing.T) {
	_, c := setup(t)
	s := c.Assessments
	young := patientToAssess("p-1")
	young.UserInfo.Age = new(11)
	_, err := s.Init(t.Context(), young)
	refused(t, err, 400, "unsupported_age")
	id := must(s.Init(t.Context(), patientToAssess("p-1")))(t).AssessmentID
	choose := func(qid int, choice string) error {
		_, err := s.Continue(t.Context(), id, qid,
			&ekacare.AssessmentResponse{UserResponse: []ekacare.AssessmentAnswer{ekacare.Choose(choice)}})
		return err
	}
	refused(t, choose(1, "s-fever"), 400, "invalid_assessment_stage")
	must(s.Start(t.Context(), id))(t)
	refused(t, choose(2, "today"), 400, "invalid_question_number")
	refused(t, choose(9, "today"), 400, "invalid_question_number")
	if err := choose(1, "s-fever"); err != nil {
		t.Fatal(err)
	}
	refused(t, choose(2, "tomorrow"), 400, "invalid_field_choice")
	_, err = s.Submit(t.Context(), id)
	refused(t, err, 400, "invalid_assessment_stage")
	_, err = s.Start(t.Context(), "sa-999999")
	refused(t, err, 400, "cache_not_found")
	_, err = s.Continue(t.Context(), id, 2, nil)
	refused(t, err, 400, "invalid_field_value")
}

func TestAllAssessmentsV1(t *testing.T) {
	srv, c := setup(t)
	srv.SetNow(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	srv.SetAssessment(ekacare.AssessmentQuestion{QuestionText: "Well?"})
	var want []string
	for i := range 7 {
		a := beginAssessment(t, c, []string{"p-2", "p-1", "p-3"}[i%3])
		if err := a.Answer(t.Context(), ekacare.Text("yes")); err != nil {
			t.Fatal(err)
		}
		if i != 4 { // one stays unfinished
			must(a.Submit(t.Context()))(t)
			want = append(want, a.ID())
		}
		srv.Advance(time.Minute)
	}
	collect := func(params *ekacare.AssessmentsListV1Params) (ids []string) {
		t.Helper()
		//lint:ignore SA1019 deprecated, not gone
		for item, err := range c.Assessments.AllV1(t.Context(), params) {
			if err != nil {
				t.Fatal(err)
			}
			documented(t, &item)
			ids = append(ids, item.Conversationid)
		}
		return ids
	}
	if got := collect(&ekacare.AssessmentsListV1Params{Limit: new(2)}); !slices.Equal(got, want) || count(srv, "Assessments.ListV1") != 4 {
		t.Errorf("got %v after %d requests, want %v", got, count(srv, "Assessments.ListV1"), want)
	}
	slices.Reverse(want)
	if got := collect(&ekacare.AssessmentsListV1Params{Limit: new(4), Sort: new(ekacare.SortOrderDescending)}); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := collect(&ekacare.AssessmentsListV1Params{Pids: new("p-1,p-9"), Status: new(ekacare.AssessmentStatusPartial)}); len(got) != 1 {
		t.Errorf("unfinished: %v", got)
	}
	_, err := c.Assessments.Init(t.Context(), nil)
	if !errors.Is(err, caremux.ErrInvalid) {
		t.Error(err)
	}
}
