package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestEverySampleArrivesVerified(t *testing.T) {
	ownCache(t)
	addr, out := receive(t, none)
	for name, want := range map[string]string{
		"ekacare/appointment.created":           "ekacare appointment.created: appointment api-abb67007 of patient 174436114490384",
		"ekacare/appointment.assessments.taken": "ekacare appointment.assessments.taken: appointment api-abb67007, assessments [sa_25061014072610653]",
		"ekacare/v2rx.completed":                "ekacare v2rx.completed: session s-",
		"ekacare/receipt.created":               "ekacare receipt.created: a function could be registered for it",
		"clinik/patient.created":                "clinik patient.created: patient pt_abc123, test data",
		"clinik/care-plan.updated":              "clinik care-plan.updated: care-plan cp_abc123, live data",
		"welkin/CDT":                            "welkin CDT: CDT_UPDATED, record 3b6e2f0c of patient 9d1c77aa",
		"welkin/CHAT":                           "welkin CHAT: to patient 9d1c77aa, 15 characters",
		"snapcare/PatientQueueConsultationEnd":  "snapcare PatientQueueConsultationEnd: consultation 41005",
		"snapcare/PatientProfile.Created":       "snapcare PatientProfile.Created: a function could be registered for it",
		"welkin/TEST":                           "welkin TEST: a function could be registered for it",
	} {
		if !slices.Contains(sampleNames(), name) {
			t.Errorf("no sample %s", name)
			continue
		}
		told, err := post(t, none, "-addr", addr, "-send", name)
		if err != nil || told != "sent "+name+": 200 OK\n" {
			t.Fatalf("%s: %q, %v", name, told, err)
		}
		vendor, _, _ := strings.Cut(name, "/")
		if line := <-out; !strings.HasPrefix(line, want) {
			t.Errorf("%s: printed %q, want %q", name, line, want)
		}
		if line := <-out; line != vendor+": 200 handled" {
			t.Errorf("%s: printed %q", name, line)
		}
	}
	if n := len(sampleNames()); n != 12 {
		t.Errorf("%d samples", n)
	}
}

func TestAListArrivesEventByEvent(t *testing.T) {
	ownCache(t)
	addr, out := receive(t, none)
	if told, err := post(t, none, "-addr", addr, "-send", "snapcare/Appointment.Updated"); err != nil {
		t.Fatalf("%q, %v", told, err)
	}
	for _, want := range []string{
		"snapcare Appointment.Updated: 1 fields that no document names", "snapcare Appointment.Updated: 1 fields that no document names",
		"snapcare: 200 handled",
	} {
		if line := <-out; line != want {
			t.Errorf("printed %q, want %q", line, want)
		}
	}
}

func TestRepetitionIsHandledOnce(t *testing.T) {
	ownCache(t)
	addr, out := receive(t, none)
	if told, err := post(t, none, "-addr", addr, "-send", "clinik/patient.created", "-times", "2"); err != nil {
		t.Fatalf("%q, %v", told, err)
	}
	for _, want := range []string{"clinik patient.created: patient pt_abc123, test data", "clinik: 200 handled", "clinik: 200 duplicate"} {
		if line := <-out; line != want {
			t.Errorf("printed %q, want %q", line, want)
		}
	}
}

func TestSecretsOfTheEnvironmentAreUsed(t *testing.T) {
	folder := ownCache(t)
	env := func(name string) string { return map[string]string{"EKA_WEBHOOK_SECRET": "theirs"}[name] }
	addr, out := receive(t, env)
	if told, err := post(t, none, "-addr", addr, "-send", "ekacare/v2rx.completed"); err == nil || !strings.Contains(told, "401") {
		t.Errorf("another secret: %q, %v", told, err)
	}
	if line := <-out; line != "ekacare: 401 refused" {
		t.Errorf("printed %q", line)
	}
	if told, err := post(t, env, "-addr", addr, "-send", "ekacare/v2rx.completed"); err != nil {
		t.Errorf("the same secret: %q, %v", told, err)
	}
	if told, err := post(t, env, "-addr", addr, "-send", "welkin/CDT"); err != nil {
		t.Errorf("the made-up secret: %q, %v", told, err)
	}
	info, err := os.Stat(filepath.Join(folder, "caremux-demo", "webhook-secret"))
	if err == nil && info.Mode().Perm()&0o077 != 0 {
		t.Errorf("the secret's file is %v", info.Mode())
	}
}

func TestMistakesAreTold(t *testing.T) {
	ownCache(t)
	if _, err := post(t, none, "-send", "clinik/patient.created"); err == nil ||
		!strings.Contains(err.Error(), "start the receiver first") {
		t.Errorf("no secret yet: %v", err)
	}
	addr, _ := receive(t, none)
	if _, err := post(t, none, "-addr", addr, "-send", "clinik/robot.created"); err == nil || !strings.Contains(err.Error(), "-list") {
		t.Errorf("unknown sample: %v", err)
	}
	if _, err := post(t, none, "-addr", "127.0.0.1:1", "-send", "clinik/patient.created"); err == nil ||
		!strings.Contains(err.Error(), "is the receiver running?") {
		t.Errorf("nobody there: %v", err)
	}
	if told, err := post(t, none, "-list"); err != nil ||
		!strings.HasPrefix(told, "clinik/care-plan.updated\nclinik/patient.created\nekacare/") {
		t.Errorf("list: %q, %v", told, err)
	}
}
