package ekacare_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
)

func TestTheOutcomeIsHandedOverBeforeTheFirstFileAndAfterEach(t *testing.T) {
	srv, service := records(t)
	var outcomes []*ekacare.UploadOutcome
	outcome, err := service.UploadDocuments(
		t.Context(),
		pictures(2, 3),
		&ekacare.DocumentUploadOptions{Progress: func(p ekacare.UploadProgress) {
			if p.Outcome == nil {
				if p.Settled {
					t.Error("a file is settled, without the outcome")
				}
				return
			}
			if len(outcomes) == 0 {
				time.Sleep(50 * time.Millisecond) // as long as it takes, no file is sent
			}
			if arrived, _ := p.Outcome.Arrived(); arrived != len(outcomes) || len(outcomes) == 0 && len(srv.StoredFiles()) > 0 {
				t.Errorf("%d arrived by call %d, stored are %d", arrived, len(outcomes), len(srv.StoredFiles()))
			}
			for _, d := range p.Outcome.Items {
				if d.DocumentID == "" || d.Files[0].Form == nil {
					t.Errorf("handed over %+v", d)
				}
			}
			outcomes = append(outcomes, p.Outcome)
		}},
	)
	if err != nil || len(outcomes) != 7 {
		t.Fatalf("%d outcomes (%v)", len(outcomes), err)
	}
	if arrived, _ := outcomes[0].Arrived(); arrived != 0 || outcomes[6] == outcome {
		t.Error("what was handed over changes later")
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "progress", ekacare.UploadProgress{Outcome: outcome})
	if strings.Contains(log.String(), "policy") {
		t.Errorf("logged %s", log.String())
	}
}

func TestPanicsOfTheUsersCodeReachTheCaller(t *testing.T) {
	boom := func() { panic("a bug of the user") }
	for name, tt := range map[string]struct {
		progress func(ekacare.UploadProgress)
		file     func(f *ekacare.DocumentFile)
		wrap     func(http.RoundTripper) http.RoundTripper
	}{
		"Progress at the forms": {progress: func(ekacare.UploadProgress) { boom() }},
		"Progress at a file": {progress: func(p ekacare.UploadProgress) {
			if p.Settled {
				boom()
			}
		}},
		"Open":  {file: func(f *ekacare.DocumentFile) { f.Open = func() (io.ReadCloser, error) { boom(); return nil, nil } }},
		"Read":  {file: func(f *ekacare.DocumentFile) { f.Open = func() (io.ReadCloser, error) { return bad{read: boom}, nil } }},
		"Close": {file: func(f *ekacare.DocumentFile) { f.Open = func() (io.ReadCloser, error) { return bad{close: boom}, nil } }},
		"middleware": {wrap: func(next http.RoundTripper) http.RoundTripper {
			return roundTrip(func(r *http.Request) (*http.Response, error) {
				if strings.Contains(r.URL.Path, "/records") {
					boom()
				}
				return next.RoundTrip(r)
			})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			wrap := tt.wrap
			if wrap == nil {
				wrap = func(next http.RoundTripper) http.RoundTripper { return next }
			}
			srv, service := records(t, caremux.WithMiddleware(wrap))
			items := pictures(2, 3)
			if tt.file != nil {
				tt.file(&items[1].Files[1])
			}
			caught := func() (v any) {
				defer func() { v = recover() }()
				_, _ = service.UploadDocuments(t.Context(), items, &ekacare.DocumentUploadOptions{Progress: tt.progress})
				return nil
			}()
			if e, ok := caught.(*caremux.PanicError); !ok || e.Value != "a bug of the user" {
				t.Errorf("caught %v", caught)
			}
			// Another call is not touched by it.
			if _, err := srv.Client().For(patient).Records.UploadDocuments(t.Context(), pictures(1, 1), nil); err != nil {
				t.Error(err)
			}
		})
	}
}

// bad is a picture of one of the tests whose functions panic.
type bad struct{ read, close func() }

func (b bad) Read(p []byte) (int, error) {
	if b.read != nil {
		b.read()
	}
	return copy(p, picture(1, 1)[:min(len(p), 1)]), nil
}

func (b bad) Close() error {
	if b.close != nil {
		b.close()
	}
	return nil
}

func TestABlockedProgressHoldsNoOtherCallAndNoEndedUpload(t *testing.T) {
	_, service := records(t)
	free := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	var calls sync.WaitGroup
	calls.Go(func() {
		outcome, err := service.UploadDocuments(
			ctx,
			pictures(1, 2),
			&ekacare.DocumentUploadOptions{Progress: func(ekacare.UploadProgress) { <-free }},
		)
		if n, _ := outcome.Arrived(); n != 0 || !errors.Is(err, context.Canceled) {
			t.Errorf("%d arrived (%v)", n, err)
		}
	})
	for call := range 3 {
		if _, err := service.UploadDocuments(t.Context(), pictures(1, 1), nil); err != nil {
			t.Errorf("call %d: %v", call, err)
		}
	}
	cancel()
	ended := make(chan struct{})
	go func() {
		calls.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Error("the upload outlives its context")
	}
	close(free)
	<-ended
}

func TestAProgressThatBlocksInTheMiddleDoesNotKeepTheFilesFromBeingSent(t *testing.T) {
	srv, service := records(t)
	free, arrived := make(chan struct{}), make(chan struct{})
	var ended sync.WaitGroup
	ended.Go(func() {
		_, err := service.UploadDocuments(
			t.Context(),
			pictures(1, 5),
			&ekacare.DocumentUploadOptions{Concurrency: 1, Progress: func(p ekacare.UploadProgress) {
				if p.Settled && p.File == 0 {
					<-free
				}
			}},
		)
		if err != nil {
			t.Error(err)
		}
	})
	go func() {
		for len(srv.StoredFiles()) < 5 {
			time.Sleep(time.Millisecond)
		}
		close(arrived)
	}()
	select {
	case <-arrived:
	case <-time.After(20 * time.Second):
		t.Error("the files wait for Progress")
	}
	close(free)
	ended.Wait()
}

func TestStorageThatAnswersAsAnotherHasNotTheFile(t *testing.T) {
	srv, service := records(t, caremux.WithRetry(caremux.NoRetry))
	srv.FailStorage(ekacaretest.StorageFault{Status: 200}) // an error document under 200
	outcome, err := service.UploadDocuments(t.Context(), pictures(1, 1), nil)
	var e *caremux.Error
	if n, _ := outcome.Arrived(); n != 0 || !errors.As(err, &e) || !errors.Is(err, caremux.ErrUnreadable) || !e.MaybeApplied() {
		t.Errorf("%d arrived (%v)", n, err)
	}
	if _, err := service.ResumeUpload(t.Context(), pictures(1, 1), kept(t, outcome), nil); err != nil || len(srv.StoredFiles()) != 1 {
		t.Errorf("stored %v (%v)", srv.StoredFiles(), err)
	}
}
