package ekacare_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
)

// The corrections to the facts about Eka Care, a test for each. Each test quotes the line that it holds; the auto-login is held by
// ekacaretest, the members of payloads by openapi/typed too.

// "Prescriptions: duration {value: 2, period, period_unit, frequency: 2}, dosage_instruction {when: ["MORN","NIGHT"], frequency: 2},
// dispense_quantity, snomed_id, partner_drug_id, notes: numbers or text, both occur."
func TestPrescriptionsAreReadWithNumbersAndWithText(t *testing.T) {
	t.Parallel()
	for name, entry := range map[string]string{
		"numbers": `{"duration": {"value": 2, "period": 1, "period_unit": "d", "frequency": 2},
			"dosage_instruction": {"when": ["MORN", "NIGHT"], "frequency": 2}, "dispense_quantity": 10, "snomed_id": 38341003,
			"partner_drug_id": 7, "notes": 5}`,
		"text": `{"duration": {"value": "2", "period": "1", "period_unit": "d", "frequency": "2"},
			"dosage_instruction": {"when": ["MORN", "NIGHT"], "frequency": "2"}, "dispense_quantity": "10", "snomed_id": "38341003",
			"partner_drug_id": "7", "notes": "5"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := always(200, `{"prescription_id": "rx", "prescription_details": [`+entry+
				`]}`).client(t).Prescriptions.Get(t.Context(), "rx", nil)
			if err != nil {
				t.Fatal(err)
			}
			d := p.PrescriptionDetails[0]
			if d.Duration.Value != "2" || d.Duration.Period != "1" || d.Duration.PeriodUnit != "d" || d.Duration.Frequency != "2" ||
				!slices.Equal(d.DosageInstruction.When.List, []ekacare.LooseText{"MORN", "NIGHT"}) ||
				d.DosageInstruction.Frequency != "2" ||
				d.DispenseQuantity != "10" || d.SnomedID != "38341003" || d.PartnerDrugID != "7" || d.Notes != "5" || p.Mismatch() != nil {
				t.Errorf("got %+v (%v)", d, p.Mismatch())
			}
		})
	}
	v := always(200, `{"prescription_details": [{"dosage_instruction": {"when": "after breakfast"}}]}`)
	p, err := v.client(t).Prescriptions.Get(t.Context(), "rx", nil)
	if err != nil || !slices.Equal(p.PrescriptionDetails[0].DosageInstruction.When.List, []ekacare.LooseText{"after breakfast"}) {
		t.Errorf("a single text is read as %+v (%v)", p, err)
	}
}

// "Assessments: in all literal samples progress is text and qualifier a list of {id, label}; one older page says number and object."
func TestProgressAndQualifiersArriveInEitherForm(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		progress, qualifier string
		percent             float64
		known               bool
		labels              []string
	}{
		"as in the samples":   {`"45"`, `[{"id": "p", "label": "Yes"}, {"id": "a", "label": "No"}]`, 45, true, []string{"Yes", "No"}},
		"as on an older page": {`45`, `{"id": "p", "label": "Yes"}`, 45, true, []string{"Yes"}},
		"with a sign":         {`"45 %"`, `null`, 45, true, nil},
		"in words":            {`"nearly"`, `[]`, 0, false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			nw := &network{answer: func(r *http.Request, n int) (*http.Response, error) {
				if n == 1 {
					return reply(200, `{"assessment_id": "a1"}`), nil
				}
				return reply(200, `{"progress": `+tt.progress+
					`, "questions": [{"qid": 1, "component_code": "I-RADG", "component_data": {"choices": [
					{"choice_id": "fever", "qualifier": `+tt.qualifier+`}]}}]}`), nil
			}}
			a, err := nw.client(t,
				caremux.WithTokenSource(caremux.StaticToken("ready"))).For(ekacare.Identity{ClientID: "me"}).Assessments.Begin(t.Context(),
				&ekacare.AssessmentInit{WorkflowID: 1000, UserInfo: ekacare.AssessmentUserInfo{Gender: "M", Age: new(30)},
					UniqueIdentifier: "visit-1"})
			if err != nil {
				t.Fatal(err)
			}
			if percent, known := a.Progress(); percent != tt.percent || known != tt.known {
				t.Errorf("progress %v, %v", percent, known)
			}
			var labels []string
			for _, q := range a.Question().ComponentData.Choices[0].Qualifier.List {
				labels = append(labels, string(q.Label))
			}
			if !slices.Equal(labels, tt.labels) {
				t.Errorf("labels %q, want %q", labels, tt.labels)
			}
		})
	}
}

// "Numbers where text is documented, or the other way: clinic address lat, lon, pincode; payment rrn; Records.List patient_id;
// ScribeVoice error and warning are lists; PatientMatches has patients or profiles; upload_url of a scribe session may be an object."
func TestLooseFieldsAreReadAsTheyCome(t *testing.T) {
	t.Parallel()
	decode := func(text string, v any) error {
		err := json.Unmarshal([]byte(text), v)
		caremux.KeepJSON(v, []byte(text))
		return err
	}
	var address ekacare.ClinicAddress
	if err := decode(`{"lat": 12.97, "lon": 77.59, "pincode": 560049}`, &address); err != nil ||
		address.Lat != "12.97" || address.Lon != "77.59" || address.Pincode != "560049" || address.Mismatch() != nil {
		t.Errorf("address %+v, %v", address, err)
	}
	var payment ekacare.PaymentTransaction
	if err := decode(`{"rrn": 123456789012345678}`, &payment); err != nil || payment.RRN != "123456789012345678" {
		t.Errorf("payment %+v, %v", payment, err)
	}
	var record ekacare.RecordSummary
	if err := decode(`{"patient_id": 174436114490384}`, &record); err != nil || record.PatientID != "174436114490384" {
		t.Errorf("record %+v, %v", record, err)
	}
	var voice ekacare.ScribeVoiceStatus
	if err := decode(`{"error": [{"code": 1}], "warning": []}`, &voice); err != nil ||
		voice.Mismatch() != nil || len(voice.Error.([]any)) != 1 {
		t.Errorf("voice %+v, %v (%v)", voice, err, voice.Mismatch())
	}
	var matches ekacare.PatientMatches
	if err := decode(`{"patients": [{}]}`, &matches); err != nil || len(matches.Patients) != 1 || matches.Profiles != nil {
		t.Errorf("matches %+v, %v", matches, err)
	}
	var session ekacare.CreatedScribeSession
	if err := decode(`{"session_id": "s", "upload_url": {"url": "wss://x"}}`, &session); err != nil || session.SessionID != "s" ||
		session.UploadURL != `{"url":"wss://x"}` || session.Mismatch() == nil {
		t.Errorf("session %+v, %v (%v)", session, err, session.Mismatch())
	}
}

// "custom_attributes and workflow_data of events and appointments hold text, numbers or lists." And: "Members that pages name: action in
// assessments.taken and statuschange, rx_id, appointment_id, status in prescription events, service and transaction_id of receipts."
func TestPayloadsHaveWhatThePagesName(t *testing.T) {
	t.Parallel()
	format := ekacare.WebhookFormat()
	var taken ekacare.AppointmentAssessmentsTakenEvent
	if err := format.Decode([]byte(`{"event": "appointment.assessments.taken", "data": {"action": "completed", "status": "CK",
		"custom_attributes": {"label": ["a"], "note": "text", "count": 2}, "workflow_data": {"sa": "1000", "n": 7, "l": [1]}}}`),
		&taken); err != nil ||
		taken.Data.Action != "completed" || len(taken.Data.CustomAttributes) != 3 || taken.Data.WorkflowData["n"] != json.Number("7") {
		t.Errorf("got %+v, %v", taken.Data, err)
	}
	var changed ekacare.AppointmentStatusChangeEvent
	if err := format.Decode([]byte(`{"event": "appointment.statuschange", "data": {"action": "modified"}}`), &changed); err != nil ||
		changed.Data.Action != "modified" {
		t.Errorf("got %+v, %v", changed.Data, err)
	}
	var prescription ekacare.PrescriptionEvent
	if err := format.Decode([]byte(`{"event": "prescription.created", "data": {"rx_id": "rx", "appointment_id": "a", "status": "final"}}`),
		&prescription); err != nil ||
		prescription.Data.RxID != "rx" || prescription.Data.AppointmentID != "a" || prescription.Data.Status != "final" {
		t.Errorf("got %+v, %v", prescription.Data, err)
	}
	var receipt ekacare.ReceiptEvent
	if err := format.Decode([]byte(
		`{"event": "receipt.created", "service": "receipt", "transaction_id": "t", "event_time": 0, "data": {}}`), &receipt); err != nil ||
		receipt.Service != "receipt" || receipt.TransactionID != "t" {
		t.Errorf("got %+v, %v", receipt, err)
	}
	// "event_time: 0 is sent by some events in place of none."
	if receipt.EventTime.Known() || !receipt.EventTime.IsZero() {
		t.Errorf("event_time 0 is read as %v", receipt.EventTime)
	}
}

// "session_details, session_mode, transcript_language, template_id of a scribe session."
func TestAScribeSessionHasWhatThePagesName(t *testing.T) {
	t.Parallel()
	s, err := always(200, `{"session_id": "s", "session_details": {"room": 4}, "session_mode": "dictation", "transcript_language": "hi",
		"template_id": "soap"}`).client(t).ScribeSessions.Get(t.Context(), "s", nil)
	if err != nil || s.SessionDetails["room"] != json.Number("4") || s.SessionMode != "dictation" ||
		s.TranscriptLanguage != "hi" || s.TemplateID != "soap" {
		t.Errorf("got %+v, %v", s, err)
	}
}

// "Records.Upload takes several task values."
func TestADocumentIsUploadedForSeveralTasks(t *testing.T) {
	t.Parallel()
	nw := always(200, `{"document_id": "d"}`)
	_, err := nw.client(t, caremux.WithTokenSource(caremux.StaticToken("ready"))).For(patient).Records.Upload(t.Context(),
		&ekacare.RecordsUploadParams{Task: []ekacare.ParsingTask{ekacare.ParsingTaskSmart, ekacare.ParsingTaskPII}},
		&ekacare.RecordUpload{File: caremux.File{
			Name: "x.pdf", Content: http.NoBody}})
	sent := nw.requests()
	if err != nil || !slices.Equal(sent[len(sent)-1].query["task"], []string{"smart", "pii"}) {
		t.Errorf("sent %v, %v", sent[len(sent)-1].query, err)
	}
}

// "contentType image/jpeg is taken for upload forms, beside image/jpg. A booking in mode VIDEO needs no video_connect."
func TestPicturesAndVideoVisitsAreTakenAsTheVendorTakesThem(t *testing.T) {
	t.Parallel()
	for _, mediaType := range []string{"image/jpg", "image/jpeg"} {
		if err := (ekacare.RecordUploadFile{ContentType: mediaType, FileSize: 1}).Validate(); err != nil {
			t.Errorf("%s: %v", mediaType, err)
		}
	}
	start := ekacare.NewEpochSeconds(time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC))
	end := ekacare.NewEpochSeconds(start.Add(time.Hour))
	if err := (ekacare.AppointmentDetailsInput{
		StartTime: start, EndTime: &end, Mode: new(ekacare.AppointmentModeVideo),
	}).Validate(); err != nil {
		t.Error(err)
	}
}

// "Whether the end is open cannot be seen from here: ask one day more than wanted and drop what lies outside."
func TestARangeOfDaysLosesNothingWhicheverWayItsEndIsRead(t *testing.T) {
	t.Parallel()
	for name, closed := range map[string]bool{"the end is open": false, "the end is included": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			nw := &network{answer: func(r *http.Request, _ int) (*http.Response, error) {
				first, _ := time.ParseInLocation(time.DateOnly, r.URL.Query().Get("start_date"), ekacare.IST)
				end, _ := time.ParseInLocation(time.DateOnly, r.URL.Query().Get("end_date"), ekacare.IST)
				if closed {
					end = end.AddDate(0, 0, 1)
				}
				var slots []string
				for at := first; at.Before(end); at = at.Add(6 * time.Hour) {
					slots = append(slots, slotAt(at.Format(time.RFC3339), at.Add(15*time.Minute).Format(time.RFC3339), true))
				}
				return reply(200, slotsOf(slots...)), nil
			}}
			c := nw.client(t, caremux.WithTokenSource(caremux.StaticToken("ready")))
			found, err := c.Appointments.FindSlots(t.Context(), ekacare.SlotQuery{DoctorID: "d-1", ClinicID: "c-1",
				From: caremux.NewDate(2030, 1, 7), To: caremux.NewDate(2030, 1, 9)})
			if err != nil {
				t.Fatal(err)
			}
			if len(found) != 12 || found[0].Start.Day() != 7 || found[11].Start.Day() != 9 || found[11].Start.Hour() != 18 {
				t.Errorf("found %d slots: %v", len(found), found)
			}
		})
	}
}
