package ekacare

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/caremux/caremux"
)

// Assessment is an assessment being answered: while it is not Done, show the Question and send the Answer; then Submit.
// A step out of turn fails before anything is sent, and after any error the assessment is unchanged, so that the step
// can be taken again. A step that comes too late matches [ErrAssessmentExpired]. It is not for use by several
// goroutines at once.
//
// The language of the questions and the client-id come from the client: [Client.For] with Identity.Locale and
// Identity.ClientID.
type Assessment struct {
	service   *AssessmentsService
	id        string
	owner     string
	foreign   bool // resumed for another
	step      *AssessmentStep
	submitted bool
}

// Begin begins an assessment and fetches its first question. If the second call fails the error is an
// [*AssessmentBeginError], with the id for [AssessmentsService.Open]. caremux.WithIdempotent is refused, since it would
// let two assessments be begun.
//
// POST /assessment/api/v1/init/, PUT /assessment/api/v1/start/{assessment_id}
func (s *AssessmentsService) Begin(
	ctx context.Context, body *AssessmentInit, opts ...caremux.RequestOption,
) (*Assessment, error) {
	if err := refuseIdempotent(opts); err != nil {
		return nil, inFlow("Assessments.Begin", err)
	}
	session, err := s.Init(ctx, body, opts...)
	if err != nil {
		return nil, err
	}
	a, err := s.Open(ctx, session.AssessmentID, opts...)
	if err != nil {
		return nil, &AssessmentBeginError{AssessmentID: session.AssessmentID, Err: err}
	}
	return a, nil
}

// Open starts an assessment that [AssessmentsService.Init] has begun, and fetches its first question. Opening it twice
// does no harm.
//
// PUT /assessment/api/v1/start/{assessment_id}
func (s *AssessmentsService) Open(
	ctx context.Context, assessmentID string, opts ...caremux.RequestOption,
) (*Assessment, error) {
	whose, err := owner(s.state, opts)
	if err != nil {
		return nil, inFlow("Assessments.Open", err)
	}
	step, err := s.Start(ctx, assessmentID, opts...)
	if err != nil {
		return nil, err
	}
	a := &Assessment{service: s, id: assessmentID, owner: whose}
	if err := a.take("Assessments.Open", step); err != nil {
		return nil, err
	}
	return a, nil
}

// take makes step the current one.
func (a *Assessment) take(operation string, step *AssessmentStep) error {
	if rule := step.unfit(); rule != "" {
		return unreadable(operation, step.RawJSON(), rule, true)
	}
	a.step = step
	return nil
}

// unfit returns why the flow cannot go on from a step, "" if it can.
func (step *AssessmentStep) unfit() string {
	switch {
	case len(step.Questions) > 0 && step.Questions[0].Qid == nil:
		return "the question has no qid"
	case len(step.Questions) == 0 && !step.last():
		return "there is neither a question nor the end"
	}
	return ""
}

func (step *AssessmentStep) last() bool { return step.IsLastQuestion != nil && *step.IsLastQuestion }

// ID returns the id of the assessment, by which lists and the webhook of a completed assessment name it.
func (a *Assessment) ID() string { return a.id }

// Done reports whether there is no question left, so that Submit is next.
func (a *Assessment) Done() bool { return len(a.step.Questions) == 0 }

// Submitted reports whether the assessment has been submitted.
func (a *Assessment) Submitted() bool { return a.submitted }

// Question returns the question to answer, nil when Done. ComponentCode says how to show it.
func (a *Assessment) Question() *AssessmentQuestion {
	if a.Done() {
		return nil
	}
	return &a.step.Questions[0]
}

// Questions returns the questions to answer together, which as a rule is one. Answer more with [Assessment.AnswerAll].
func (a *Assessment) Questions() []AssessmentQuestion { return a.step.Questions }

// Progress returns how far the assessment is, from 0 to 100 percent, and whether the vendor sent it.
func (a *Assessment) Progress() (percent float64, known bool) {
	text := strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(string(a.step.Progress)), "%"))
	percent, err := strconv.ParseFloat(text, 64)
	if err != nil || !(percent >= 0 && percent <= 100) { // not a number either
		return 0, false
	}
	return percent, true
}

// Step returns the vendor's response with the current questions.
func (a *Assessment) Step() *AssessmentStep { return a.step }

// Answer answers the question and fetches the next one; see [Choose], [Qualify], [Text], [Number] and [Skip]. An answer
// that does not fit the question is a [*caremux.ArgumentError] that names the field, and no request is sent.
//
// PUT /assessment/api/v1/continue/{assessment_id}/{qid}
func (a *Assessment) Answer(ctx context.Context, answer AssessmentAnswer, opts ...caremux.RequestOption) error {
	return a.AnswerAll(ctx, []AssessmentAnswer{answer}, opts...)
}

// AnswerAll is [Assessment.Answer] for the questions of one step, with an answer to each question in their order.
//
// PUT /assessment/api/v1/continue/{assessment_id}/{qid}
func (a *Assessment) AnswerAll(ctx context.Context, answers []AssessmentAnswer, opts ...caremux.RequestOption) error {
	const operation = "Assessments.Answer"
	switch {
	case a.foreign:
		return misuse(operation, ErrOtherOwner)
	case a.submitted:
		return misuse(operation, ErrAssessmentSubmitted)
	case a.Done():
		return misuse(operation, ErrAssessmentDone)
	case len(answers) != len(a.step.Questions):
		return &caremux.ArgumentError{
			Vendor: "ekacare", Operation: operation, Field: "user_response", Rule: "must have one answer for each question",
		}
	}
	for i := range answers {
		if err := a.step.Questions[i].Check(answers[i]); err != nil {
			return inArgument(operation, "user_response["+strconv.Itoa(i)+"]", err)
		}
	}
	step, err := a.service.Continue(ctx, a.id, *a.step.Questions[0].Qid, &AssessmentResponse{UserResponse: answers}, opts...)
	if err != nil {
		return err
	}
	return a.take(operation, step)
}

// Submit completes the assessment and returns its result. While a question is left it fails with
// [ErrAssessmentNotDone], unless the vendor calls that question the last, which may stay unanswered.
//
// PUT /assessment/api/v1/submit/{hash}
func (a *Assessment) Submit(ctx context.Context, opts ...caremux.RequestOption) (*AssessmentResult, error) {
	const operation = "Assessments.Submit"
	switch {
	case a.foreign:
		return nil, misuse(operation, ErrOtherOwner)
	case a.submitted:
		return nil, misuse(operation, ErrAssessmentSubmitted)
	case !a.Done() && !a.step.last():
		return nil, misuse(operation, ErrAssessmentNotDone)
	}
	result, err := a.service.Submit(ctx, a.id, opts...)
	if err != nil {
		return nil, err
	}
	a.submitted = true
	return result, nil
}

// AssessmentState is an assessment between two steps, to keep as JSON: a web service answers one question a request,
// and a server may restart. It contains the current questions and no answers.
type AssessmentState struct {
	AssessmentID string          `json:"assessment_id"`
	Step         json.RawMessage `json:"step"`               // the vendor's answer with the current questions
	Submitted    bool            `json:"submitted,omitzero"` // whether the assessment is over
	Owner        string          `json:"owner"`              // names the account and the patient, as a hash
}

// State returns what [AssessmentsService.Resume] needs to go on.
func (a *Assessment) State() AssessmentState {
	return AssessmentState{AssessmentID: a.id, Step: a.step.RawJSON(), Submitted: a.submitted, Owner: a.owner}
}

// Resume continues an assessment whose state was stored. It sends no request. A state that was not made by
// [Assessment.State] is a [*caremux.ArgumentError]. The steps of an assessment of another patient or client match
// [ErrOtherOwner] and send nothing; options that name the patient or the client are those with which it was begun.
func (s *AssessmentsService) Resume(state AssessmentState, opts ...caremux.RequestOption) (*Assessment, error) {
	const operation = "Assessments.Resume"
	fail := func(field, rule string) (*Assessment, error) {
		return nil, &caremux.ArgumentError{Vendor: "ekacare", Operation: operation, Field: field, Rule: rule}
	}
	if state.AssessmentID == "" {
		return fail("assessment_id", "is required")
	}
	step := decodeStored[AssessmentStep](state.Step)
	if step == nil || step.unfit() != "" {
		return fail("step", "must be a step of an assessment")
	}
	mine, err := owner(s.state, opts)
	if err != nil {
		return nil, inFlow(operation, err)
	}
	a := &Assessment{service: s, id: state.AssessmentID, owner: state.Owner, step: step, submitted: state.Submitted}
	a.foreign = mine != state.Owner
	return a, nil
}
