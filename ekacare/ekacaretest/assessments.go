package ekacaretest

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/caremux/caremux/ekacare"
)

// assessing contains the assessments and the questions of the next ones.
type assessing struct {
	all       []*assessment
	questions []ekacare.AssessmentQuestion // of the assessments that are begun next
}

type assessment struct {
	id        string
	fields    object // as sent
	client    string // the header client-id with which it was begun
	begun     time.Time
	questions []ekacare.AssessmentQuestion
	answers   []ekacare.AssessmentAnswer
	started   bool
	submitted bool
	forgotten bool
}

// suggestPath is where choices are looked up, beside the vendor's own paths.
const suggestPath = "/ekacaretest/terms"

// terms are what a look-up finds.
var terms = [][2]string{{"s-fever", "Fever"}, {"s-headache", "Headache"}, {"s-cough", "Cough"}, {"s-throat", "Sore throat"}}

// SetAssessment sets what the assessments that are begun from now on ask, one question at a time. A question without a qid gets
// its number. Without questions it is four, one of each kind.
func (s *Server) SetAssessment(questions ...ekacare.AssessmentQuestion) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.assessing.questions = slices.Clone(questions)
}

// ExpireAssessments makes the server forget all assessments that are under way, as the vendor does after a while.
func (s *Server) ExpireAssessments() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.assessing.all {
		a.forgotten = a.forgotten || !a.submitted
	}
}

// AssessmentAnswers returns the answers that an assessment has received, one for each question answered.
func (s *Server) AssessmentAnswers(assessmentID string) []ekacare.AssessmentAnswer {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.assessing.all {
		if a.id == assessmentID {
			return slices.Clone(a.answers)
		}
	}
	return nil
}

// usualQuestions are one of each kind.
func (s *Server) usualQuestions() []ekacare.AssessmentQuestion {
	choices := func(names ...string) (list []ekacare.AssessmentChoice) {
		for _, name := range names {
			list = append(list, ekacare.AssessmentChoice{ChoiceID: strings.ToLower(name), ChoiceLabel: name})
		}
		return list
	}
	group := choices("Travel", "Contact")
	for i := range group {
		group[i].Qualifier.List = []ekacare.AssessmentQualifier{
			{ID: ekacare.AssessmentQualifierIDPresent, Label: ekacare.AssessmentQualifierLabelYes},
			{ID: ekacare.AssessmentQualifierIDAbsent, Label: ekacare.AssessmentQualifierLabelNo},
		}
	}
	return []ekacare.AssessmentQuestion{
		{ComponentCode: ekacare.AssessmentComponentCodeAutosuggest, QuestionText: "What troubles you?", IsMandatory: new(true),
			ComponentData: &ekacare.AssessmentComponentData{
				URL: &ekacare.AssessmentSuggestURL{BaseURL: s.URL + suggestPath, SearchQueryParam: "q",
					QueryParams: &ekacare.AssessmentSuggestQuery{Src: "ekacaretest"}},
				AutosuggestStaticChoices: &ekacare.AssessmentStaticChoices{Sections: []ekacare.AssessmentChoiceSection{
					{SectionTitle: "Often chosen", Choices: []ekacare.AssessmentStaticChoice{{ID: terms[0][0], CommonName: terms[0][1]}}},
				}},
			}},
		{ComponentCode: ekacare.AssessmentComponentCodeRadio, QuestionText: "Since when?", IsMandatory: new(true),
			ComponentData: &ekacare.AssessmentComponentData{Choices: choices("Today", "Yesterday", "Longer")}},
		{ComponentCode: ekacare.AssessmentComponentCodeMulti, QuestionText: "What else?", IsMandatory: new(false),
			ComponentData: &ekacare.AssessmentComponentData{Choices: choices("Chills", "Rash", "Nausea")}},
		{ComponentCode: ekacare.AssessmentComponentCodeRadioGroup, QuestionText: "Were there any of these?", IsMandatory: new(false),
			ComponentData: &ekacare.AssessmentComponentData{Choices: group}},
	}
}

// refusedStep is an error of an assessment, in the shape of these calls.
func refusedStep(code, message string) error {
	return &failure{http.StatusBadRequest, object{"error": object{"error_code": code, "display_message": message, "message": message}}}
}

// underWay returns the assessment of a call, which the server may have forgotten.
func (s *Server) underWay(c *call, id string) (*assessment, error) {
	for _, a := range s.assessing.all {
		switch {
		case a.id != id || a.forgotten:
		case a.client != c.Header.Get("Client-Id"):
			return nil, refusedStep("assessment_ownership_mismatch", "The assessment is that of another client.")
		default:
			return a, nil
		}
	}
	return nil, refusedStep(ekacare.CodeAssessmentExpired, "The assessment is not known any more.")
}

func (s *Server) handleAssessments() {
	s.handle("Assessments_Init", func(c *call) (any, error) {
		in := c.object()
		person, _ := in["user_info"].(object)
		if age, ok := person["age"].(float64); ok && (age < 12 || age > 130) {
			return nil, refusedStep("unsupported_age", "The age must be 12 to 130.")
		}
		questions := slices.Clone(s.assessing.questions)
		if len(questions) == 0 {
			questions = s.usualQuestions()
		}
		for i := range questions {
			if questions[i].Qid == nil {
				questions[i].Qid = new(i + 1)
			}
		}
		a := &assessment{id: s.newID("sa"), fields: in, client: c.Header.Get("Client-Id"), begun: s.clock(), questions: questions}
		s.assessing.all = append(s.assessing.all, a)
		s.wrote(c, a.id)
		return object{"assessment_id": a.id}, nil
	})
	s.handle("Assessments_Start", func(c *call) (any, error) {
		a, err := s.underWay(c, c.Path["assessment_id"])
		if err != nil {
			return nil, err
		}
		a.started = true
		return a.step(), nil
	})
	s.handle("Assessments_Continue", func(c *call) (any, error) {
		a, err := s.underWay(c, c.Path["assessment_id"])
		if err != nil {
			return nil, err
		}
		var in ekacare.AssessmentResponse
		_ = c.Decode(&in) // checked before
		if err := a.answer(c.Path["qid"], in.UserResponse); err != nil {
			return nil, err
		}
		s.wrote(c, a.id)
		return a.step(), nil
	})
	s.handle("Assessments_Submit", func(c *call) (any, error) {
		a, err := s.underWay(c, c.Path["hash"])
		switch {
		case err != nil:
			return nil, err
		case !a.started || len(a.answers) < len(a.questions):
			return nil, refusedStep("invalid_assessment_stage", "There are questions left.")
		case !a.submitted:
			a.submitted = true
			s.wrote(c, a.id)
		}
		return object{"success": true, "likelihood": object{"common cold": 0.8}, "explain": []any{object{"answers": len(a.answers)}}}, nil
	})
	s.handle("Assessments_List", s.listAssessments)
	s.handle("Assessments_ListV1", s.listAssessmentsV1)
}

// answer accepts the answer to the current question, or to the one before, since a PUT may be sent twice.
func (a *assessment) answer(qid string, answers []ekacare.AssessmentAnswer) error {
	at := slices.IndexFunc(a.questions, func(q ekacare.AssessmentQuestion) bool { return strconv.Itoa(*q.Qid) == qid })
	switch {
	case !a.started || a.submitted:
		return refusedStep("invalid_assessment_stage", "The assessment has no current question.")
	case at < 0 || at > len(a.answers) || at < len(a.answers)-1:
		return refusedStep("invalid_question_number", "This is not the current question.")
	case len(answers) != 1:
		return refusedStep("invalid_field_value", "One answer to the question is required.")
	}
	if err := a.questions[at].Check(answers[0]); err != nil {
		return refusedStep("invalid_field_choice", err.Error())
	}
	a.answers = append(a.answers[:at], answers[0])
	return nil
}

// step is the question that is open, or the end.
func (a *assessment) step() object {
	at, all := len(a.answers), len(a.questions)
	if at == all {
		return object{"is_last_question": true, "progress": 100}
	}
	return object{"questions": []any{a.questions[at]}, "is_last_question": false, "progress": 100 * at / all}
}

func (a *assessment) status() ekacare.AssessmentStatus {
	switch {
	case a.submitted:
		return ekacare.AssessmentStatusCompleted
	case len(a.answers) > 0:
		return ekacare.AssessmentStatusPartial
	}
	return ekacare.AssessmentStatusNew
}

// listed returns the assessments in the state that a call requests, and that fit.
func (s *Server) listedAssessments(c *call, fits func(*assessment) bool) []*assessment {
	var list []*assessment
	for _, a := range s.assessing.all {
		if string(a.status()) == cmp.Or(c.Query.Get("status"), string(ekacare.AssessmentStatusCompleted)) && fits(a) {
			list = append(list, a)
		}
	}
	return list
}

func (s *Server) listAssessments(c *call) (any, error) {
	owners := []string{"practitioner_uuid", "patient_uuid", "unique_identifier", "transaction_id"}
	groups := []any{}
	for _, a := range s.listedAssessments(c, func(a *assessment) bool {
		for _, name := range owners {
			if wanted := c.Query.Get(name); wanted != "" && wanted != str(a.fields, name) {
				return false
			}
		}
		return oneOfList(c.Query.Get("wfids"), a.workflow())
	}) {
		group := object{"conversations": []any{object{
			"conversationid": a.id, "created_at": stamp(a.begun), "wflow_wfid": a.fields["workflow_id"],
		}}}
		for _, name := range owners {
			if value := str(a.fields, name); value != "" {
				group[name] = value
			}
		}
		groups = append(groups, group)
	}
	return object{"conversations": groups}, nil
}

func (s *Server) listAssessmentsV1(c *call) (any, error) {
	list := s.listedAssessments(c, func(a *assessment) bool {
		patient := str(a.fields, "patient_uuid")
		return patient != "" && oneOfList(c.Query.Get("pids"), patient) && oneOfList(c.Query.Get("puuid"), patient) &&
			oneOfList(c.Query.Get("docid"), str(a.fields, "practitioner_uuid")) && oneOfList(c.Query.Get("wflowid"), a.workflow())
	})
	if c.Query.Get("sort") == string(ekacare.SortOrderDescending) {
		slices.Reverse(list)
	}
	list = list[min(len(list), max(0, c.number("offset", 0))):]
	byPatient := map[string][]any{}
	for _, a := range list[:min(len(list), max(0, c.number("limit", 30)))] {
		patient := str(a.fields, "patient_uuid")
		byPatient[patient] = append(byPatient[patient], object{"conversationid": a.id, "created_at": stamp(a.begun),
			"created_epoch": a.begun.Unix(), "wfid": a.fields["workflow_id"], "share_to_abha": false})
	}
	return object{"conversations": byPatient}, nil
}

func (a *assessment) workflow() string {
	text, _ := json.Marshal(a.fields["workflow_id"])
	return string(text)
}

// oneOfList reports whether a value is in a list with commas between. Without a list everything is.
func oneOfList(list, value string) bool {
	return list == "" || slices.Contains(strings.Split(list, ","), value)
}

// besides serves the look-up of choices, which no document of the vendor describes, and hands everything else on. It wants no
// token.
func besides(core http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != suggestPath {
			core.ServeHTTP(w, r)
			return
		}
		found := []object{}
		for _, term := range terms {
			if strings.Contains(strings.ToLower(term[1]), strings.ToLower(r.URL.Query().Get("q"))) {
				found = append(found, object{"id": term[0], "common_name": term[1]})
			}
		}
		data, _ := json.Marshal(found) // of strings only
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(data) // the client may have gone away
	})
}
