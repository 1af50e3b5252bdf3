package welkinfhir

import (
	"encoding/json"
	"strconv"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/mapping"
	"github.com/caremux/caremux/welkin"
)

// goalKind keeps what FHIR has no place for with each goal, so that it moves with it.
const goalKind mapping.Kind = "welkin/Goal"

// Plan is the care plan of a patient with its goals, which the vendor lists by another call.
type Plan struct {
	caremux.Record `json:"-"`

	CarePlan *welkin.CarePlan `json:"carePlan,omitzero"`
	Goals    []welkin.Goal    `json:"goals,omitzero"`
}

// NewPlan returns a plan of what CarePlans.Get and CarePlans.AllGoals returned.
func NewPlan(p *welkin.CarePlan, goals []welkin.Goal) (*Plan, error) {
	raw, err := mapping.Raw(p)
	if err != nil {
		return nil, err
	}
	fields := map[string]any{"carePlan": raw}
	if len(goals) > 0 {
		list := make([]json.RawMessage, len(goals))
		for i := range goals {
			if list[i], err = mapping.Raw(&goals[i]); err != nil {
				return nil, err
			}
		}
		fields["goals"] = list
	}
	return mapping.Compose[Plan](fields)
}

// CarePlan returns a care plan as FHIR, with its goals contained in it. FHIR requires a status, which Welkin does not
// have: it is unknown.
func (m Mapping) CarePlan(p *Plan) (*fhir.CarePlan, error) { return m.carePlans().Resource(p) }

// CarePlanRecord returns the plan that a care plan was mapped from, with what was edited since.
func (m Mapping) CarePlanRecord(p *fhir.CarePlan) (*Plan, error) { return m.carePlans().Record(p) }

func (m Mapping) carePlans() mapping.Pair[Plan, *fhir.CarePlan] {
	return mapping.Pair[Plan, *fhir.CarePlan]{
		Kind: "welkin/CarePlan", FHIR: m.toCarePlan, Vendor: m.fromCarePlan,
		Extensions: func(p *fhir.CarePlan) *[]fhir.Extension { return &p.Extension },
	}
}

func (m Mapping) toCarePlan(plan *Plan) (*fhir.CarePlan, []string, error) {
	s := m.space()
	p := plan.CarePlan
	if p == nil {
		p = &welkin.CarePlan{}
	}
	r := &fhir.CarePlan{
		ID: s.ID(p.ID), Meta: s.Meta(kindCarePlan, p.ID, p.UpdatedAt), Identifier: identifiers(s, kindCarePlan, p.ID, ""),
		Status: fhir.RequestStatus("unknown"), Intent: fhir.CarePlanIntent("plan"), Created: mapping.Instant(p.CreatedAt),
		Subject: mapping.Subject(s.Reference("Patient", kindPatient, mapping.Text(p.PatientID), "")),
	}
	if o := p.PatientOverview; o != nil {
		r.Description = mapping.Text(o.Overview)
	}
	for i := range plan.Goals {
		goal, err := m.goal(&plan.Goals[i], r.Subject)
		if err != nil {
			return nil, nil, err
		}
		goal.ID = "goal" + strconv.Itoa(i+1)
		r.Contained = append(r.Contained, goal)
		r.Goal = append(r.Goal, fhir.Reference{Reference: "#" + goal.ID, Type: "Goal"})
	}
	return r, nil, nil
}

func (m Mapping) goal(g *welkin.Goal, subject *fhir.Reference) (*fhir.Goal, error) {
	s := m.space()
	r := &fhir.Goal{
		Identifier: identifiers(s, kindGoal, g.ID, ""), Subject: subject, LifecycleStatus: fhir.GoalLifecycleStatusProposed,
		Description: mapping.Required(mapping.Concept("", "", g.Name)),
		Category:    mapping.Concepts(s.System("goal-types"), g.Type, ""),
		Priority:    mapping.Concept(s.System("goal-priorities"), g.Priority, ""),
	}
	unmapped := g.Status != ""
	if status, ok := codes().FHIR("GoalStatus", string(g.Status)); ok {
		r.LifecycleStatus, unmapped = fhir.GoalLifecycleStatus(status), false
	}
	raw, err := mapping.Sent(g)
	if err != nil {
		return nil, err
	}
	var paths []string
	if unmapped {
		paths = []string{"status"}
	}
	r.Extension, err = goalKind.Keep(raw, m.shownGoal(r), paths...)
	return r, err
}

func (m Mapping) shownGoal(r *fhir.Goal) *welkin.Goal {
	s := m.space()
	g := &welkin.Goal{
		ID: s.IdentifierOf(r.Identifier, kindGoal), Name: mapping.TextOf(r.Description),
		Type:     mapping.CodeOfFirst(r.Category, s.System("goal-types")),
		Priority: mapping.CodeOf(r.Priority, s.System("goal-priorities")),
	}
	status, _ := codes().Vendor("GoalStatus", string(r.LifecycleStatus))
	g.Status = welkin.GoalStatus(status)
	return g
}

// shownPlan is a plan whose goals are JSON, with all that is kept of them.
type shownPlan struct {
	CarePlan *welkin.CarePlan  `json:"carePlan,omitzero"`
	Goals    []json.RawMessage `json:"goals,omitzero"`
}

func (m Mapping) fromCarePlan(r *fhir.CarePlan) any {
	s := m.space()
	p := &welkin.CarePlan{
		ID:        s.IdentifierOf(r.Identifier, kindCarePlan),
		UpdatedAt: mapping.Changed(r.Meta), CreatedAt: mapping.AsSent(r.Created),
	}
	p.PatientID, _ = s.Referred(r.Subject, "Patient", kindPatient)
	if r.Description != "" {
		p.PatientOverview = &welkin.CarePlanOverview{Overview: r.Description}
	}
	plan := &shownPlan{CarePlan: p}
	for _, contained := range r.Contained {
		goal, ok := contained.(*fhir.Goal)
		if !ok {
			continue
		}
		if kept, err := goalKind.RestoreJSON(m.shownGoal(goal), goal.Extension); err == nil {
			plan.Goals = append(plan.Goals, kept)
		}
	}
	return plan
}
