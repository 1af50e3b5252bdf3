package ekacare_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
)

// started is a server to show with, and a client for one of its patients.
func started() (*ekacaretest.Server, *ekacare.Client) {
	srv, err := ekacaretest.Start()
	if err != nil {
		log.Fatal(err)
	}
	c, err := srv.NewClient()
	if err != nil {
		log.Fatal(err)
	}
	return srv, c.For(ekacare.Identity{PatientID: "oid-1"})
}

func ExampleRecordsService_UploadDocuments() {
	srv, patient := started()
	defer srv.Close()
	// Usually ekacare.DocumentFileAt(path).
	front := ekacare.DocumentFileBytes("front.png", []byte("a picture"))
	back := ekacare.DocumentFileBytes("back.png", []byte("another picture"))
	outcome, err := patient.Records.UploadDocuments(context.Background(), []ekacare.DocumentUpload{{
		DocumentType: ekacare.DocumentTypeLabReport,
		Title:        "Blood count",
		DocumentDate: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC),
		Files:        []ekacare.DocumentFile{front, back},
	}}, &ekacare.DocumentUploadOptions{WaitReadable: time.Minute})
	if err != nil {
		log.Fatal(err)
	}
	arrived, files := outcome.Arrived()
	fmt.Println(arrived, "of", files, "files arrived, readable:", outcome.Items[0].Readable)
	record, err := patient.Records.Get(context.Background(), outcome.Items[0].DocumentID)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(record.Dt, len(record.Files))
	// Output:
	// 2 of 2 files arrived, readable: true
	// lr 2
}

func ExampleRecordsService_ResumeUpload() {
	srv, patient := started()
	defer srv.Close()
	items := []ekacare.DocumentUpload{{Files: []ekacare.DocumentFile{
		ekacare.DocumentFileBytes("page-1.png", []byte("a picture")),
		ekacare.DocumentFileBytes("page-2.png", []byte("another picture")),
	}}}
	srv.FailStorage(ekacaretest.StorageFault{Item: 0, File: 1, Status: 403})

	outcome, err := patient.Records.UploadDocuments(context.Background(), items, nil)
	var upload *ekacare.UploadError
	if errors.As(err, &upload) {
		for _, failed := range upload.Failed {
			fmt.Println("missing:", items[failed.Item].Files[failed.File].Name)
		}
		fmt.Println(upload)
	}
	// Later, also in another process that was handed the outcome as JSON.
	outcome, err = patient.Records.ResumeUpload(context.Background(), items, outcome, nil)
	arrived, files := outcome.Arrived()
	fmt.Println(arrived, "of", files, "files arrived,", err)
	// Output:
	// missing: page-2.png
	// ekacare: 1 of 2 files arrived; items[0].files[1]: ekacare: Records.UploadDocuments: POST: 403 SlowDown
	// 2 of 2 files arrived, <nil>
}

func ExampleRecordsService_Parse() {
	srv, patient := started()
	defer srv.Close()
	srv.SetParsing(ekacare.ProcessingStatusQueued, ekacare.ProcessingStatusCompleted)
	report := caremux.File{Name: "report.pdf", Content: strings.NewReader("%PDF-1.7 …")} // usually an *os.File
	document, err := patient.Records.Parse(context.Background(),
		&ekacare.RecordsUploadParams{Task: []ekacare.ParsingTask{ekacare.ParsingTaskSmart}, Dt: new(ekacare.DocumentTypeLabReport)}, report,
		&ekacare.ParsingWait{
			// the default, a second, suits the vendor
			MinWait:  10 * time.Millisecond,
			Progress: func(d *ekacare.ParsedDocument) { fmt.Printf("state %q\n", d.Result.Status) }, // keep d.DocumentID
		})
	var failed *ekacare.DocumentParsingError
	switch {
	case errors.As(err, &failed):
		log.Fatal("this document cannot be parsed: ", failed.Status)
	case err != nil:
		log.Fatal(err) // go on with Records.WaitParsed and document.DocumentID
	}
	bundle, err := document.Result.FHIRJSON() // ekafhir.Bundle(document.Result) decodes it
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(json.Valid(bundle))
	// Output:
	// state ""
	// state "queued"
	// state "completed"
	// true
}

func ExampleRecordsService_Changes() {
	srv, patient := started()
	defer srv.Close()
	srv.AddRecord("oid-1", ekacare.DocumentTypeLabReport, time.Now())
	srv.AddRecord("oid-1", ekacare.DocumentTypePrescription, time.Now())

	var cursor caremux.SyncCursor // kept from the last pass; at first the zero value
	changes := patient.Records.Changes(cursor)
	for record, err := range changes.All(context.Background()) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(record.RecordData.Item.DocumentType) // store it by its DocumentID: it may come again
	}
	cursor = changes.Cursor() // keep it, also after an error
	fmt.Println("goes on with what has changed since now:", time.Since(cursor.Since) < time.Minute)
	// Output:
	// lr
	// ps
	// goes on with what has changed since now: true
}
