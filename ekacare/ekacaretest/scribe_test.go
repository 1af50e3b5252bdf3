package ekacaretest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
)

// soon makes looks follow each other without a pause.
var soon = ekacare.ScribeWait{MinWait: time.Millisecond, MaxWait: time.Millisecond}

func piece(content string) caremux.File {
	return caremux.File{Name: "x.webm", Content: strings.NewReader(content)}
}

func scribeJob(pieces ...string) *ekacare.ScribeJob {
	job := &ekacare.ScribeJob{Wait: soon, Session: ekacare.ScribeSessionCreate{
		UploadType: ekacare.ScribeUploadTypeChunked, Templates: []string{"soap", "letter"}, AdditionalData: map[string]any{"visit": "v-1"},
	}}
	for _, content := range pieces {
		job.Audio = append(job.Audio, piece(content))
	}
	return job
}

func TestScribeSessionFromAudioToNotes(t *testing.T) {
	srv, c := setup(t)
	job := scribeJob("one", "two", "three")
	var id string
	var states []ekacare.ScribeState
	job.Progress = func(p ekacare.ScribeProgress) {
		id = p.SessionID
		if p.Result != nil {
			states = append(states, p.Result.State)
		}
	}
	result, err := c.ScribeSessions.Process(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	documented(t, result.ScribeSession)
	if !slices.Equal(states, []ekacare.ScribeState{"processing", "processing", "done"}) || *result.AudioFilesReceived != 3 ||
		result.AdditionalData["visit"] != "v-1" {
		t.Errorf("result %+v after %v", result.ScribeSession, states)
	}
	if _, ok := result.Note("letter"); !ok || len(result.Templates) != 2 {
		t.Errorf("notes %v", result.Templates)
	}
	var arrived []string
	for _, a := range srv.ScribeAudio(id) {
		arrived = append(arrived, a.Name+"="+string(a.Content))
	}
	if !slices.Equal(arrived, []string{"audio_0.webm=one", "audio_1.webm=two", "audio_2.webm=three"}) {
		t.Errorf("arrived %v", arrived)
	}

	wait := soon
	result, err = c.ScribeSessions.FillTemplate(t.Context(), id, "referral", &wait)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := result.Note("referral"); !ok || count(srv, "ScribeSessions.Get") != 5 {
		t.Errorf("notes %v after %d looks", result.Templates, count(srv, "ScribeSessions.Get"))
	}
	audio := must(c.ScribeSessions.GetAudio(t.Context(), id))(t)
	r, err := http.Get(audio.AudioURL)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if whole, err := io.ReadAll(r.Body); string(whole) != "onetwothree" {
		t.Errorf("recording %q (%v)", whole, err)
	}
	list := must(c.ScribeSessions.List(t.Context(), nil))(t)
	if len(list.Items) != 1 || list.Items[0].TxnID != id || list.Items[0].ProcessingStatus != ekacare.ScribeProcessingStatusSuccess {
		t.Errorf("history %+v", list.Items)
	}
	if got := writes(srv); got !=
		"ScribeSessions.Create ScribeSessions.UploadAudio ScribeSessions.UploadAudio ScribeSessions.UploadAudio ScribeSessions.End ScribeSessions.ProcessTemplate" {
		t.Errorf("writes %s", got)
	}
}

func TestScribePartialResult(t *testing.T) {
	srv, c := setup(t)
	srv.SetScribe(ekacare.ScribeStatePartial, ekacare.ScribeStateDone)
	result, err := c.ScribeSessions.Process(t.Context(), scribeJob("one", "two"))
	if err != nil || result.State != ekacare.ScribeStatePartial || len(result.Templates) != 1 || len(result.ProcessingErrors) != 1 {
		t.Fatalf("got %+v (%v)", result, err)
	}
	documented(t, result.ScribeSession)
	if result, err = c.ScribeSessions.WaitTemplate(t.Context(), result.SessionID, "letter", "", &soon); err != nil ||
		result.State != ekacare.ScribeStateDone {
		t.Errorf("got %+v (%v)", result, err)
	}
}

func TestScribeGoesOnInAnotherProcess(t *testing.T) {
	srv, c := setup(t)
	r, err := c.ScribeSessions.Open(t.Context(), &scribeJob().Session)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Upload(t.Context(), piece("one")); err != nil {
		t.Fatal(err)
	}
	srv.Fail(ekacaretest.Fault{Operation: "ScribeSessions.UploadAudio", Reset: true, AfterWork: true})
	if _, err := r.Upload(t.Context(), caremux.File{Name: "x.mp3", Content: io.MultiReader(strings.NewReader("two"))}); err == nil {
		t.Fatal("the answer did not get lost")
	}
	if r, err = srv.Client(quick).ScribeSessions.Resume(t.Context(), r.SessionID(), ekacare.ScribeUploadTypeChunked); err != nil ||
		r.Uploaded() != 2 {
		t.Fatalf("resumed with %d files (%v)", r.Uploaded(), err)
	}
	srv.Fail(ekacaretest.Fault{Operation: "ScribeSessions.UploadAudio", Status: 503, AfterWork: true})
	if _, err := r.Upload(t.Context(), piece("three")); err != nil {
		t.Fatal(err)
	}
	if _, err := r.End(t.Context()); err != nil {
		t.Fatal(err)
	}
	var arrived []string
	for _, a := range srv.ScribeAudio(r.SessionID()) {
		arrived = append(arrived, a.Name)
	}
	if !slices.Equal(arrived, []string{"audio_0.webm", "audio_1.mp3", "audio_2.webm"}) {
		t.Errorf("arrived %v", arrived)
	}
	if _, err := r.Wait(t.Context(), &soon); err != nil {
		t.Fatal(err)
	}
	if r, err = c.ScribeSessions.Resume(t.Context(), r.SessionID(), ekacare.ScribeUploadTypeChunked); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Upload(t.Context(), piece("four")); !errors.Is(err, ekacare.ErrScribeSessionEnded) {
		t.Errorf("upload to a session with notes: %v", err)
	}
}

func TestScribeAudioThatGetsLostIsTold(t *testing.T) {
	srv, c := setup(t)
	srv.LoseScribeAudio(1)
	result, err := c.ScribeSessions.Process(t.Context(), scribeJob("one", "two"))
	var lost *ekacare.ScribeAudioLostError
	if !errors.As(err, &lost) || !slices.Equal(lost.Missing, []string{"audio_0.webm"}) || result == nil ||
		result.State != ekacare.ScribeStateDone {
		t.Errorf("got %+v, %v", result, err)
	}
}

func TestScribeSessionExpires(t *testing.T) {
	srv, c := setup(t)
	open := func() *ekacare.ScribeRecording {
		t.Helper()
		r, err := c.ScribeSessions.Open(t.Context(), &scribeJob().Session)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	idle := open()
	srv.Advance(59 * time.Minute)
	if _, err := idle.Upload(t.Context(), piece("x")); err != nil {
		t.Error(err)
	}
	srv.Advance(61 * time.Minute)
	if _, err := idle.Upload(t.Context(), piece("y")); !errors.Is(err, caremux.ErrNotFound) {
		t.Errorf("upload: %v", err)
	}
	_, err := c.ScribeSessions.Resume(t.Context(), idle.SessionID(), ekacare.ScribeUploadTypeChunked)
	var e *caremux.Error
	if !errors.Is(err, ekacare.ErrScribeSessionExpired) || !errors.As(err, &e) {
		t.Fatalf("resume: %v", err)
	}
	details := e.Details.(*ekacare.ScribeSessionExpired)
	documented(t, details)
	if !slices.Equal(details.AudioFiles, []string{"audio_0.webm"}) || !details.ExpiredAt.Known() {
		t.Errorf("details %+v", details)
	}

	job := scribeJob("one")
	job.Progress = func(p ekacare.ScribeProgress) {
		if p.Stage == ekacare.ScribeStageWaiting {
			srv.ExpireScribeSessions()
		}
	}
	result, err := c.ScribeSessions.Process(t.Context(), job)
	if !errors.Is(err, ekacare.ErrScribeSessionExpired) || result == nil || result.State != ekacare.ScribeStateProcessing {
		t.Errorf("got %+v, %v", result, err)
	}
}

func TestScribeRefusesWhatTheVendorWould(t *testing.T) {
	srv, c := setup(t)
	s := c.ScribeSessions
	single := must(s.Create(t.Context(), &ekacare.ScribeSessionCreate{
		UploadType: "single", SessionID: new("my-own-session-id"),
	}))(t).SessionID
	if single != "my-own-session-id" {
		t.Errorf("session %s", single)
	}
	put := func(name, content string) error {
		_, err := s.UploadAudio(t.Context(), single, name, piece(content))
		return err
	}
	_, err := s.Create(t.Context(), &ekacare.ScribeSessionCreate{UploadType: "single", SessionID: new(single)})
	refused(t, err, 400, "invalid_request")
	refused(t, put("audio_0.flac", "x"), 400, "invalid_audio_format")
	refused(t, put("audio.webm", "x"), 400, "invalid_audio_format")
	refused(t, put("audio_0.webm", strings.Repeat("x", ekacare.MaxScribeAudioSize+1)), 413, "invalid_request")
	_, err = s.End(t.Context(), single, nil)
	refused(t, err, 400, "audio_not_available")
	if err := put("audio_0.webm", "x"); err != nil {
		t.Fatal(err)
	}
	refused(t, put("audio_1.webm", "x"), 400, "invalid_request")
	_, err = s.ProcessTemplate(t.Context(), single, "soap")
	refused(t, err, 404, "resource_not_found")
	_, err = s.GetAudio(t.Context(), single)
	refused(t, err, 404, "audio_not_available")
	must(s.Update(t.Context(), single, &ekacare.ScribeSessionUpdate{Model: new(ekacare.ScribeModelLite)}))(t)
	must(s.End(t.Context(), single, nil))(t)
	_, err = s.End(t.Context(), single, nil)
	refused(t, err, 400, "invalid_request")
	refused(t, put("audio_0.webm", "x"), 400, "invalid_request")
	_, err = s.Update(t.Context(), single, &ekacare.ScribeSessionUpdate{Model: new(ekacare.ScribeModelPro)})
	refused(t, err, 409, "invalid_request")
	_, err = s.Get(t.Context(), "another-session", nil)
	refused(t, err, 404, "resource_not_found")
	if seen := must(s.Get(t.Context(), single, nil))(t); seen.Status != "processing" || srv.ScribeAudio("another-session") != nil {
		t.Errorf("session %+v", seen)
	}
}

func TestScribeWaitEndsWithTheContext(t *testing.T) {
	srv, c := setup(t)
	srv.SetScribe(ekacare.ScribeStateProcessing)
	ctx, cancel := context.WithCancel(t.Context())
	job := scribeJob("one")
	job.Wait.Progress = func(*ekacare.ScribeResult) { cancel() }
	job.Wait.MinWait, job.Wait.MaxWait = time.Hour, time.Hour
	result, err := c.ScribeSessions.Process(ctx, job)
	var stopped *ekacare.ScribeInterruptedError
	if !errors.Is(err, context.Canceled) || !errors.As(err, &stopped) || stopped.Stage != ekacare.ScribeStageWaiting || result == nil {
		t.Errorf("got %+v, %v", result, err)
	}
}
