package welkintest_test

import (
	"errors"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/welkin"
	"github.com/caremux/caremux/welkin/welkintest"
)

func TestCarePlanKeepsItsOverviewAndGoals(t *testing.T) {
	srv := welkintest.NewServer(t)
	c := srv.Client()
	id := srv.AddPatients(1)[0]
	for _, text := range []string{"Walk more", "Walk twice a day"} {
		if _, err := c.CarePlans.ReplaceOverview(t.Context(), id, &welkin.CarePlanOverviewReplace{Overview: text}); err != nil {
			t.Fatal(err)
		}
	}
	plan, err := c.CarePlans.Get(t.Context(), id)
	if err != nil || plan.PatientID != id || plan.PatientOverview == nil || plan.PatientOverview.Overview != "Walk twice a day" {
		t.Errorf("%+v, %v", plan, err)
	}
	goal, err := c.CarePlans.CreateGoal(t.Context(), id, &welkin.GoalCreate{GoalTemplateName: "walk"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.CarePlans.UpdateGoal(t.Context(), id, goal.ID, &welkin.GoalUpdate{Status: new(welkin.GoalStatusCompleted)}); err != nil {
		t.Fatal(err)
	}
	for status, want := range map[welkin.GoalStatus]int{welkin.GoalStatusActive: 0, welkin.GoalStatusCompleted: 1} {
		page, err := c.CarePlans.ListGoals(t.Context(), id, &welkin.CarePlansListGoalsParams{Status: &status})
		if err != nil || len(page.Items) != want {
			t.Errorf("%s: %v, %v", status, page, err)
		}
	}
	if _, err := c.CarePlans.GetGoal(t.Context(), srv.AddPatients(1)[0], goal.ID); !errors.Is(err, caremux.ErrNotFound) {
		t.Errorf("the goal of another patient: %v", err)
	}
}
