package ekacare_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"

	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
)

func ExampleAssessment() {
	srv, err := ekacaretest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	c, err := srv.NewClient()
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	a, err := c.Assessments.Begin(ctx, &ekacare.AssessmentInit{
		UserInfo:   ekacare.AssessmentUserInfo{Gender: ekacare.GenderFemale, Age: new(31)},
		WorkflowID: 1000, UniqueIdentifier: "visit-1",
	})
	if err != nil {
		log.Fatal(err)
	}
	for !a.Done() {
		q := a.Question()
		fmt.Println(q.QuestionText)
		var answer ekacare.AssessmentAnswer
		switch q.ComponentCode {
		case ekacare.AssessmentComponentCodeAutosuggest:
			found, err := a.Suggest(ctx, "cou") // what the user has typed
			if err != nil {
				log.Fatal(err)
			}
			answer = ekacare.ChooseSuggested(found[0])
		case ekacare.AssessmentComponentCodeRadio:
			answer = ekacare.Choose(q.ComponentData.Choices[0].ChoiceID)
		case ekacare.AssessmentComponentCodeMulti:
			answer = ekacare.Skip()
		case ekacare.AssessmentComponentCodeRadioGroup:
			answer = ekacare.Qualify(map[string]ekacare.AssessmentQualifierID{"travel": ekacare.AssessmentQualifierIDAbsent})
		}
		if err := a.Answer(ctx, answer); err != nil {
			log.Fatal(err)
		}
	}
	result, err := a.Submit(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Likelihood)
	// Output:
	// What troubles you?
	// Since when?
	// What else?
	// Were there any of these?
	// map[common cold:0.8]
}

// A web service answers one question a request, and keeps the state in between.
func ExampleAssessmentsService_Resume() {
	srv, err := ekacaretest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	c, err := srv.NewClient()
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	a, err := c.Assessments.Begin(ctx, &ekacare.AssessmentInit{
		UserInfo:   ekacare.AssessmentUserInfo{Gender: ekacare.GenderMale, Age: new(52)},
		WorkflowID: 1000, UniqueIdentifier: "visit-2",
	})
	if err != nil {
		log.Fatal(err)
	}
	session, err := json.Marshal(a.State())
	if err != nil {
		log.Fatal(err)
	}

	// The next request.
	var state ekacare.AssessmentState
	if err := json.Unmarshal(session, &state); err != nil {
		log.Fatal(err)
	}
	if a, err = c.Assessments.Resume(state); err != nil {
		log.Fatal(err)
	}
	fmt.Println(a.Answer(ctx, ekacare.Choose())) // found before anything is sent
	if err := a.Answer(ctx, ekacare.Choose("s-fever")); err != nil {
		log.Fatal(err)
	}
	fmt.Println(a.Question().QuestionText)
	// Output:
	// ekacare: Assessments.Answer: user_response[0].selected_choices must not be empty; an answer without fields skips the question
	// Since when?
}
