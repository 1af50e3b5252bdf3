package ekacare_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
)

// kept is an outcome as another process finds it.
func kept(t testing.TB, outcome *ekacare.UploadOutcome) *ekacare.UploadOutcome {
	t.Helper()
	data, err := json.Marshal(outcome)
	if err != nil {
		t.Fatal(err)
	}
	restored := new(ekacare.UploadOutcome)
	if err := json.Unmarshal(data, restored); err != nil {
		t.Fatal(err)
	}
	return restored
}

func contents(srv *ekacaretest.Server) string {
	var list []string
	for _, f := range srv.StoredFiles() {
		list = append(list, string(f.Content))
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

// An upload was interrupted, and the folder is listed again.
func TestResumedFilesAreThoseOfTheUpload(t *testing.T) {
	file := func(name, content string) ekacare.DocumentFile {
		return ekacare.DocumentFileBytes(name, []byte(content))
	}
	named := func(contents ...string) (files []ekacare.DocumentFile) {
		for _, content := range contents {
			files = append(files, file("x.png", content))
		}
		return files
	}
	first := []ekacare.DocumentFile{file("m.png", "PAGE-M"), file("n.png", "PAGE-N"), file("z.png", "PAGE-Z of two")}
	for name, tt := range map[string]struct {
		first, again []ekacare.DocumentFile
		want         string // "" if they are refused
	}{
		"the same":             {first, first, "PAGE-M PAGE-N PAGE-Z of two"},
		"in another order":     {first, []ekacare.DocumentFile{first[2], first[0], first[1]}, "PAGE-M PAGE-N PAGE-Z of two"},
		"another one in front": {first, []ekacare.DocumentFile{file("a.png", "PAGE-A"), first[0], first[1]}, ""},
		"one renamed":          {first, []ekacare.DocumentFile{first[0], first[1], file("y.png", "PAGE-Z of two")}, ""},
		"one of another size":  {first, []ekacare.DocumentFile{first[0], first[1], file("z.png", "PAGE-Z")}, ""},
		"one twice":            {first, []ekacare.DocumentFile{first[0], first[0], first[2]}, ""},
		"fewer":                {first, first[:2], ""},
		"of one name":          {named("PAGE-1", "PAGE-2", "PAGE-3"), named("PAGE-3", "PAGE-1", "PAGE-2"), "PAGE-1 PAGE-2 PAGE-3"},
		"of one name, others":  {named("PAGE-1", "PAGE-2", "PAGE-3"), named("PAGE-8", "PAGE-9", "PAGE-2"), ""},
		"of one name, another": {named("PAGE-1", "PAGE-2", "PAGE-3"), named("PAGE-3", "PAGE-2", "PAGE-9"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			srv, service := records(t, caremux.WithRetry(caremux.NoRetry))
			srv.FailStorage(ekacaretest.StorageFault{File: 2, Status: 503})
			outcome, err := service.UploadDocuments(t.Context(), []ekacare.DocumentUpload{{Files: tt.first}}, nil)
			if err == nil {
				t.Fatal("no error")
			}
			before := len(srv.Requests())
			after, err := service.ResumeUpload(t.Context(), []ekacare.DocumentUpload{{Files: tt.again}}, kept(t, outcome), nil)
			if tt.want == "" {
				if !errors.As(err, new(*caremux.ArgumentError)) || after != nil || len(srv.Requests()) != before {
					t.Errorf("resumed with %v, stored %s", err, contents(srv))
				}
				return
			}
			if err != nil || contents(srv) != tt.want {
				t.Errorf("stored %s, want %s (%v)", contents(srv), tt.want, err)
			}
		})
	}
}

func TestAnUploadIsResumedByItsOwnerOnly(t *testing.T) {
	srv, service := records(t, caremux.WithRetry(caremux.NoRetry))
	srv.FailStorage(ekacaretest.StorageFault{Status: 503})
	items := pictures(1, 2)
	outcome, _ := service.UploadDocuments(t.Context(), items, nil)
	again := kept(t, outcome)
	other := srv.Credentials()
	other.ClientSecret += "x"
	stranger, err := ekacare.New(other, caremux.WithBaseURL(srv.URL))
	if err != nil {
		t.Fatal(err)
	}
	before := len(srv.Requests())
	for name, service := range map[string]*ekacare.RecordsService{
		"another patient": srv.Client().For(ekacare.Identity{PatientID: "oid-2"}).Records,
		"another client":  stranger.For(ekacare.Identity{PatientID: "oid-1"}).Records,
	} {
		if _, err := service.ResumeUpload(t.Context(), items, again, nil); !errors.Is(err, ekacare.ErrOtherOwner) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := service.ResumeUpload(t.Context(), items, again, nil,
		ekacare.WithPatient("oid-2")); !errors.Is(err, ekacare.ErrOtherOwner) {
		t.Errorf("another patient by an option: %v", err)
	}
	if n := len(srv.Requests()); n != before {
		t.Errorf("%d requests were sent", n-before)
	}
	if _, err := srv.Client().Records.ResumeUpload(t.Context(), items, again, nil, ekacare.WithPatient("oid-1")); err != nil {
		t.Errorf("the same patient by an option: %v", err)
	}
	if text := fmt.Sprint(again.Owner); strings.Contains(text, "oid") || len(text) < 16 {
		t.Errorf("owner %s", text)
	}
}
