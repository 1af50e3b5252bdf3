package welkin_test

import (
	"encoding/json"
	"errors"
	"io"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/welkin"
)

type insurance struct {
	Payer string `json:"payer,omitzero"`
}

func TestProfileRecordsAreReadInWhateverShapeTheyCome(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"as custom data":           `{"id": "r1", "patientId": "p", "jsonBody": {"payer": "Acme"}}`,
		"as custom data, enclosed": `{"data": {"id": "r1", "patientId": "p", "jsonBody": {"payer": "Acme"}}}`,
		"flat":                     `{"id": "r1", "patientId": "p", "payer": "Acme"}`,
		"flat, enclosed":           `{"data": {"id": "r1", "payer": "Acme"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, last := record(t, answer)
			r, err := welkin.ProfileRecords[insurance](c, "insurance").Create(t.Context(), charlie, &insurance{Payer: "Acme"})
			if err != nil || r.ID != "r1" || r.Fields.Payer != "Acme" {
				t.Fatalf("got %+v, %v", r, err)
			}
			if want := "/gh/sb-demo/patients/" + charlie + "/pdts/insurance"; last.path != want || string(last.body) != `{"payer":"Acme"}` {
				t.Errorf("sent %s to %s", last.body, last.path)
			}
			data, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			var stored welkin.TypedCDT[insurance]
			if err := json.Unmarshal(data, &stored); err != nil || stored.Fields.Payer != "Acme" || stored.ID != "r1" {
				t.Errorf("stored as %s, read as %+v (%v)", data, stored, err)
			}
		})
	}
}

func TestListsOf2026AreReadUnderAnyNameThatWelkinUses(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"data":         `{"data": [{"id": "a"}], "metaInfo": {"page": 0, "lastPage": true}}`,
		"content":      `{"content": [{"id": "a"}]}`,
		"data.content": `{"name": "x", "data": {"content": [{"id": "a"}], "last": true}}`,
		"bare":         `[{"id": "a"}]`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := record(t, answer)
			contacts, err := c.Contacts.List(t.Context(), charlie, nil)
			if err != nil || len(contacts.Items) != 1 || contacts.Items[0].ID != "a" || contacts.HasNext() {
				t.Errorf("contacts %v, %v", contacts, err)
			}
			records, err := welkin.ProfileRecords[insurance](c, "insurance").List(t.Context(), charlie)
			if err != nil || len(records.Items) != 1 || records.Items[0].ID != "a" {
				t.Errorf("records %v, %v", records, err)
			}
		})
	}
}

func TestAWriteOf2026WithoutAnIDMayNotHaveHappened(t *testing.T) {
	t.Parallel()
	c, _ := record(t, `{"data": {"firstName": "Ann"}}`)
	_, err := c.Contacts.Create(t.Context(), charlie, &welkin.ContactCreate{FirstName: "Ann", LastName: "T", Relationship: "AUNT"})
	var e *caremux.Error
	if !errors.Is(err, caremux.ErrUnreadable) || !errors.As(err, &e) || !e.MaybeApplied() {
		t.Errorf("got %v", err)
	}
}

func TestTheRecordingOfACallIsAStream(t *testing.T) {
	t.Parallel()
	c, last := record(t, "ID3 sound")
	recording, err := c.Calls.GetRecording(t.Context(), charlie, "call1")
	if err != nil {
		t.Fatal(err)
	}
	defer recording.Close()
	sound, err := io.ReadAll(recording)
	if err != nil || string(sound) != "ID3 sound" || last.path != "/gh/sb-demo/patients/"+charlie+"/calls/call1/recording" {
		t.Errorf("got %q (%v) from %s", sound, err, last.path)
	}
}
