package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// told runs the program and returns what it shows.
func told(t *testing.T, vendor string, write, verbose bool) (string, error) {
	t.Helper()
	var out strings.Builder
	err := run(t.Context(), &out, vendor, write, verbose)
	for line := range strings.Lines(out.String()) {
		if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > 100 {
			t.Errorf("a line of %d columns: %s", n, line)
		}
	}
	return out.String(), err
}

// mustTell is told, of a run that succeeds and shows these lines in their order. They are expressions; ~ is white space.
func mustTell(t *testing.T, vendor string, write, verbose bool, lines ...string) string {
	t.Helper()
	out, err := told(t, vendor, write, verbose)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	rest := out
	for _, line := range lines {
		at := regexp.MustCompile("(?m)" + strings.ReplaceAll(line, "~", `\s+`)).FindStringIndex(rest)
		if at == nil {
			t.Fatalf("%q is not shown in its place:\n%s", line, out)
		}
		rest = rest[at[1]:]
	}
	return out
}

func offline(t *testing.T) {
	t.Helper()
	for _, c := range chapters {
		t.Setenv(c.env, "")
	}
}

func TestTheDayIsTold(t *testing.T) {
	offline(t)
	out := mustTell(t, "", false, false,
		`^A day of Maya Iyer, born 1988-03-12: Thursday, 2 May 2030$`,
		`^Eka Care: the clinic in Bengaluru$`,
		`^   1  register her`,
		`^   2  find a slot~36 are free on 2 May, the first at 09:00 IST$`,
		`^   3  book 09:00~another was faster; still free: 09:15, 09:30, 09:45$`,
		`^   4  book 09:15~appointment \S+, read back: 09:15 IST, status BK$`,
		`^Welkin Health: her care team$`,
		`^   5  look her up~nobody has her e-mail address yet$`,
		`^      ! at first 503 Service Unavailable; asked again after \d+ ms$`,
		`^   6  enrol her~patient \S+, born 1988-03-12, at home in Asia/Kolkata$`,
		`^   7  make a calendar event~a call with her nurse at 17:30 IST \(12:00 UTC\)$`,
		`^ClinikAPI: the clinical record$`,
		`^   8  register her~patient \S+, born 1988-03-12, test data$`,
		`^   9  record an assessment~\S+, status completed$`,
		`^      ! at first 429 Too Many Requests; nothing was done, so sent again after \d+ ms$`,
		`^  10  read it back~findings I10 and E11.9, made at 09:15 IST$`,
		`^SnapMD Connected Care: a specialist in New York$`,
		`^  11  find the time zone~America/New_York is number 8$`,
		`^  12  book a video visit~Scheduled, 11:00 EDT there, 20:30 IST for her$`,
		`^  13  move it by half an hour~11:30 EDT there, 21:00 IST for her$`,
		`^      ! at first no answer came; a PUT twice does no harm, so sent again after \d+ ms$`,
		`^  14  list the day~appointments: 1, the last at 11:30 EDT$`,
		`^Webhook: Eka Care tells of the booking$`,
		`^  15  receive the event~appointment.created, rightly signed, answered 200$`,
		`^  16  follow it to the record~\S+ is at 09:15 IST, status BK, of a patient born 1988-03-12$`,
		`^  17  receive it twice~known by its key: answered 200, but not handled twice$`,
		`^  18  receive a forged one~one byte more than was signed: refused with 401$`,
	)
	if strings.Contains(out, "POST") || strings.Contains(out, "real service)") {
		t.Errorf("more is shown than was asked for:\n%s", out)
	}
}

func TestCallsAreShownOnRequest(t *testing.T) {
	offline(t)
	out := mustTell(t, "", false, true,
		`^      POST   /profiles/v1/patient/~20\d  1 try~\d+\.\d ms$`,
		`^      POST   /dr/v1/appointment~400  1 try `,
		`^      ! at first 503`,
		`^      GET    /\{tenant\}/\{instance\}/patients~200  2 tries`,
		`^      POST   /v1/assessments~201  2 tries`,
		`^      PUT    /v3/admin/appointments/\{appointmentId\}~200  2 tries`,
		`^      GET    /profiles/v1/patient/\{oid\}~200  1 try`,
	)
	calls := regexp.MustCompile(`(?m)^      [A-Z]+ +/.*\n`).FindAllString(out, -1)
	for _, call := range calls {
		if len(call) != len(calls[0]) || strings.Contains(call, "?") || strings.Contains(call, firstName) {
			t.Errorf("not aligned, or it tells too much: %q", call)
		}
	}
}

func TestEachVendorIsShownAtLength(t *testing.T) {
	offline(t)
	for vendor, lines := range map[string][]string{
		"ekacare": {
			"^Eka Care", "Sunshine Practice, clinics: 1, doctors: 1", "34 of 36 are free on 2030-05-02",
			"not sent, since partner_clinic_id", "caremux.ErrNotFound", "^Webhook",
		},
		"welkin": {"^Welkin", "46 in 3 calls, more: false", "{BloodSugar:104 Systolic:118 Diastolic:76}", "caremux.ErrNotFound"},
		"clinik": {"^ClinikAPI", "5 on the first page of test data, more: true", "1 of one patient",
			"of 1000 calls", "this month", "1 issue: status"},
		"snapcare": {"^SnapMD", "appointments: 1", "Appointment time should be set in the future",
			"not sent, since timeZoneId", "status 404"},
	} {
		out := mustTell(t, vendor, false, false, lines...)
		for _, c := range chapters {
			if strings.Contains(out, c.title) != (c.vendor == vendor) {
				t.Errorf("%s: %q is shown or missing:\n%s", vendor, c.title, out)
			}
		}
	}
}

func TestAnUnknownVendorIsRefusedWithTheNamesOfThoseThereAre(t *testing.T) {
	out, err := told(t, "nobody", false, false)
	if out != "" || fmt.Sprint(err) != `there is no vendor "nobody"; there are ekacare, welkin, clinik, snapcare` {
		t.Errorf("%v\n%s", err, out)
	}
}
