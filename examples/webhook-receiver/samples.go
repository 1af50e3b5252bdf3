package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/caremux/caremux/webhook"
)

// samples are bodies by vendor and event. $ID stands for something new each time, $NOW for the time in seconds, and $TIME for it as text.
var samples = map[string]string{
	"ekacare/appointment.created": `{"service":"appointment","event":"appointment.created","event_time":$NOW,"timestamp":$NOW,"transaction_id":"d-$ID",
		"business_id":"75682005283056","data":{"appointment_id":"api-abb67007","doctor_id":"171458899473447","patient_id":"174436114490384","status":"BK"}}`,
	"ekacare/appointment.assessments.taken": `{"service":"appointment","event":"appointment.assessments.taken","event_time":$NOW,"timestamp":$NOW,
		"transaction_id":"d-$ID","data":{"appointment_id":"api-abb67007","sa_ids":["sa_25061014072610653"],"status":"CK"}}`,
	"ekacare/v2rx.completed":  `{"event":"v2rx.completed","timestamp":"$TIME","data":{"session_id":"s-$ID","status":"completed"}}`,
	"ekacare/receipt.created": `{"event":"receipt.created","event_time":$NOW,"data":{"receipt_id":4711}}`,
	"clinik/patient.created": `{"id":"evt_$ID","event":"patient.created","timestamp":"$TIME","data":{"resourceType":"patient","resourceId":"pt_abc123",
		"action":"created","tenantId":"org_1","environment":"test"}}`,
	"clinik/care-plan.updated": `{"id":"evt_$ID","event":"care-plan.updated","timestamp":"$TIME","data":{"resourceType":"care-plan","resourceId":"cp_abc123",
		"action":"updated","tenantId":"org_1","environment":"live"}}`,
	"snapcare/PatientQueueConsultationEnd": `{"ConsultationId":41005,"HospitalId":174,"UserEventTypeCode":2,"EventName":"PatientQueueConsultationEnd",
		"EventTime":"$TIME"}`,
	"snapcare/Appointment.Updated":    `[{"EventName":"Appointment.Updated","AppointmentId":"$ID"},{"EventName":"Appointment.Updated","AppointmentId":"a-2"}]`,
	"snapcare/PatientProfile.Created": `[{"EventName":"PatientProfile.Created","PatientId":41}]`,
	"welkin/CDT": `{"sourceId":"3b6e2f0c","sourceName":"cdt-vitals","eventEntity":"CDT","eventSubtype":"CDT_UPDATED","tenantName":"gh",
		"instanceName":"sb-demo","patientId":"9d1c77aa","url":"https://example.com"}`,
	"welkin/CHAT": `{"patientId":"9d1c77aa","patientUrl":"https://example.com","tenantName":"gh","instanceName":"sb-demo","message":"See you at ten."}`,
	"welkin/TEST": `{"sourceId":"SOURCE_ID","sourceName":"SOURCE_NAME","eventEntity":"EVENT_ENTITY","eventSubtype":"EVENT_SUBTYPE","tenantName":"gh",
		"instanceName":"sb-demo","patientId":"PATIENT_ID","url":"URL"}`,
}

func sampleNames() []string { return slices.Sorted(maps.Keys(samples)) }

// send posts a sample as its vendor would, the same delivery so many times.
func send(ctx context.Context, receiver, name string, times int, verifiers map[string]*webhook.Verifier, out io.Writer) error {
	text, ok := samples[name]
	if !ok {
		return errors.New("there is no such sample; -list lists them")
	}
	now := time.Now()
	body := strings.NewReplacer("$ID", rand.Text(), "$NOW", strconv.FormatInt(now.Unix(), 10),
		"$TIME", now.UTC().Format(time.RFC3339)).Replace(text)
	vendor, _, _ := strings.Cut(name, "/")
	for range times {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, receiver+"/"+vendor, strings.NewReader(body))
		if err != nil {
			return err
		}
		r.Header = verifiers[vendor].Sign([]byte(body), time.Now())
		r.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			return fmt.Errorf("is the receiver running? %w", err)
		}
		if err := resp.Body.Close(); err != nil {
			return err
		}
		fmt.Fprintf(out, "sent %s: %s\n", name, resp.Status)
		if resp.StatusCode != http.StatusOK {
			return errors.New("the receiver refused it")
		}
	}
	return nil
}
