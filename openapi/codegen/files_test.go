package main

import "testing"

func TestModelLivesWithTheServiceThatAloneLeadsToIt(t *testing.T) {
	s := &spec{
		keep: map[string]bool{"Kept": true, "TaskKept": true},
		reached: map[string]map[string]bool{
			"Tasks": {
				"Due": true, "Shared": true, "Task": true, "TaskStatus": true, "Tasking": true, "TaskGroupX": true, "Kept": true,
			},
			"TaskGroups": {"Shared": true, "Task": true, "TaskStatus": true, "Tasking": true, "TaskGroupX": true},
			"Allergies":  {"AllergyCode": true},
			"Patients":   {"AllergyCode": true},
		},
	}
	for _, tt := range []struct {
		name  string
		model model
		want  string
	}{
		{"one service leads to it", model{schema: "Due", Name: "Due"}, "tasks_gen.go"},
		{"several do", model{schema: "Shared", Name: "Shared"}, "models_gen.go"},
		{"none does", model{schema: "Other", Name: "TaskOther"}, "models_gen.go"},
		{"several do, it bears the name of one", model{schema: "Task", Name: "Task"}, "tasks_gen.go"},
		{"its name begins with that of one", model{schema: "TaskStatus", Name: "TaskStatus"}, "tasks_gen.go"},
		{"a word that only begins alike", model{schema: "Tasking", Name: "Tasking"}, "models_gen.go"},
		{"the longest name wins", model{schema: "TaskGroupX", Name: "TaskGroupX"}, "task_groups_gen.go"},
		{"a plural in ies", model{schema: "AllergyCode", Name: "AllergyCode"}, "allergies_gen.go"},
		{"users need it whatever operations do", model{schema: "Kept", Name: "Kept"}, "models_gen.go"},
		{"webhooks bring it", model{schema: "Due", Name: "Due", Event: true}, "events_gen.go"},
		{"names of events", model{schema: "Due", Name: "Due", Kind: "events"}, "events_gen.go"},
	} {
		if got := s.fileOf(tt.model); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}
