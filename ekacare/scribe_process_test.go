package ekacare_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
)

func TestProcessDoesAllAndTellsHowFarItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newScribeVendor()
		v.looks = []*http.Response{processing(), reply(200, `{"session_id":"ses_1","templates":[{"tpl-1":"fine"}]}`)}
		var stages []ekacare.ScribeStage
		var uploaded []int
		waited := 0
		result, err := v.client(t).ScribeSessions.Process(t.Context(), &ekacare.ScribeJob{
			Session: ekacare.ScribeSessionCreate{UploadType: "chunked"},
			Audio:   []caremux.File{webm("one"), webm("two")},
			Wait:    ekacare.ScribeWait{Progress: func(*ekacare.ScribeResult) { waited++ }},
			Progress: func(p ekacare.ScribeProgress) {
				stages, uploaded = append(stages, p.Stage), append(uploaded, p.Uploaded)
				if p.SessionID != "ses_1" || (p.Result != nil) != (p.Stage == ekacare.ScribeStageWaiting) {
					t.Errorf("progress %+v", p)
				}
			},
		})
		if err != nil || result.State != ekacare.ScribeStateDone || waited != 2 {
			t.Fatalf("got %+v after %d looks (%v)", result, waited, err)
		}
		if !slices.Equal(stages, []ekacare.ScribeStage{"opened", "uploading", "uploading", "ended", "waiting", "waiting"}) ||
			!slices.Equal(uploaded, []int{0, 1, 2, 2, 2, 2}) {
			t.Errorf("stages %v with %v files", stages, uploaded)
		}
	})
}

func TestProcessChecksAllFilesFirst(t *testing.T) {
	for _, tt := range []struct {
		name  string
		job   *ekacare.ScribeJob
		field string
	}{
		{"no job", nil, "job"},
		{"no audio", &ekacare.ScribeJob{Session: ekacare.ScribeSessionCreate{UploadType: "chunked"}}, "Audio"},
		{"stream", &ekacare.ScribeJob{
			Session: ekacare.ScribeSessionCreate{UploadType: "stream"}, Audio: []caremux.File{webm("x")},
		}, "Session.upload_type"},
		{"two for single", &ekacare.ScribeJob{
			Session: ekacare.ScribeSessionCreate{UploadType: "single"}, Audio: []caremux.File{webm("x"), webm("y")},
		}, "Audio"},
		{"second is empty", &ekacare.ScribeJob{
			Session: ekacare.ScribeSessionCreate{UploadType: "chunked"}, Audio: []caremux.File{webm("x"), webm("")},
		}, "Audio[1].Content"},
		{"second is no audio", &ekacare.ScribeJob{Session: ekacare.ScribeSessionCreate{UploadType: "chunked"},
			Audio: []caremux.File{webm("x"), {Name: "a.txt", Content: piped("x")}}}, "Audio[1].Name"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := newScribeVendor()
			_, err := v.client(t).ScribeSessions.Process(t.Context(), tt.job)
			var argument *caremux.ArgumentError
			if !errors.As(err, &argument) || argument.Field != tt.field ||
				argument.Operation != "ScribeSessions.Process" || len(v.requests()) != 0 {
				t.Errorf("got %v after %d requests, want an error of %s", err, len(v.requests()), tt.field)
			}
		})
	}
}

func TestProcessTellsWhereItStopped(t *testing.T) {
	done := reply(200, `{"session_id":"ses_1","transcript":"spoken"}`)
	for _, tt := range []struct {
		name     string
		prepare  func(v *scribeVendor, cancel context.CancelFunc)
		stage    ekacare.ScribeStage
		uploaded int
		want     func(error) bool
		result   bool
	}{
		{"second upload", func(v *scribeVendor, _ context.CancelFunc) {
			v.upload = []*http.Response{nil, reply(413, `{"error":{"code":"too_large","message":"m"}}`)}
		}, ekacare.ScribeStageUploading, 1, func(err error) bool {
			var e *caremux.Error
			return errors.As(err, &e) && e.Status == 413
		}, false},
		{"end", func(v *scribeVendor, _ context.CancelFunc) {
			v.end = []*http.Response{reply(410, `{}`)}
		}, ekacare.ScribeStageUploading, 2, func(err error) bool { return errors.Is(err, ekacare.ErrScribeSessionExpired) }, false},
		{"waiting", func(v *scribeVendor, cancel context.CancelFunc) {
			v.looks = []*http.Response{processing(), processing()}
			serve := v.answer
			v.answer = func(r *http.Request, n int) (*http.Response, error) {
				if r.Method == "GET" && len(v.looks) == 1 {
					cancel()
				}
				return serve(r, n)
			}
		}, ekacare.ScribeStageWaiting, 2, func(err error) bool { return errors.Is(err, context.Canceled) }, true},
		{"lost audio", func(v *scribeVendor, _ context.CancelFunc) {
			v.end = []*http.Response{reply(202, `{"audio_files_received":1}`)}
		}, ekacare.ScribeStageWaiting, 2, func(err error) bool { return errors.As(err, new(*ekacare.ScribeAudioLostError)) }, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := newScribeVendor()
				v.looks = []*http.Response{done}
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				tt.prepare(v, cancel)
				result, err := v.client(t).ScribeSessions.Process(ctx, &ekacare.ScribeJob{
					Session: ekacare.ScribeSessionCreate{UploadType: "chunked"}, Audio: []caremux.File{webm("one"), webm("two")},
				})
				var stopped *ekacare.ScribeInterruptedError
				if !errors.As(err, &stopped) || !tt.want(err) || stopped.Stage != tt.stage || stopped.Uploaded != tt.uploaded ||
					stopped.SessionID != "ses_1" || (result != nil) != tt.result {
					t.Errorf("got %+v, %v", result, err)
				}
				logged, _ := json.Marshal(map[string]any{"error": err})
				for _, text := range []string{printed(err), string(logged)} {
					if strings.Contains(text, "ses_1") || strings.Contains(text, "spoken") {
						t.Errorf("printed %s", text)
					}
				}
			})
		})
	}
}
