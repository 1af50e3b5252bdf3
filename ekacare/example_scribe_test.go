package ekacare_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
)

// recorded stands for pieces of a recording.
func recorded(content string) caremux.File {
	return caremux.File{Name: "piece.webm", Content: strings.NewReader(content)}
}

// A recording that is at hand, in one call.
func ExampleScribeSessionsService_Process() {
	srv, err := ekacaretest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	c, err := srv.NewClient()
	if err != nil {
		log.Fatal(err)
	}
	result, err := c.ScribeSessions.Process(context.Background(), &ekacare.ScribeJob{
		Session: ekacare.ScribeSessionCreate{
			UploadType: ekacare.ScribeUploadTypeChunked,
			Templates:  []string{"soap"},
		},
		Audio: []caremux.File{recorded("first minute"), recorded("second minute")},
		Wait:  ekacare.ScribeWait{MinWait: time.Millisecond}, // leave it out: the vendor wants a second
		Progress: func(p ekacare.ScribeProgress) {
			fmt.Println(p.Stage, p.Uploaded) // keep p.SessionID to resume
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	note, _ := result.Note("soap")
	fmt.Println(result.State, note)
	// Output:
	// opened 0
	// uploading 1
	// uploading 2
	// ended 2
	// waiting 2
	// waiting 2
	// waiting 2
	// done map[summary:Notes of soap]
}

// A recording that is being made, piece by piece.
func ExampleScribeRecording() {
	srv, err := ekacaretest.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	c, err := srv.NewClient()
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	recording, err := c.ScribeSessions.Open(ctx, &ekacare.ScribeSessionCreate{
		UploadType: ekacare.ScribeUploadTypeChunked, Templates: []string{"soap"},
	})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := recording.Upload(ctx, recorded("first minute")); err != nil {
		log.Fatal(err)
	}

	// Later, in another process: the id is all it takes.
	recording, err = c.ScribeSessions.Resume(ctx, recording.SessionID(), ekacare.ScribeUploadTypeChunked)
	if err != nil {
		log.Fatal(err)
	}
	receipt, err := recording.Upload(ctx, recorded("second minute"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(receipt.OriginalFilename)
	if _, err := recording.End(ctx); err != nil {
		log.Fatal(err)
	}
	_, err = recording.Upload(ctx, recorded("too late"))
	fmt.Println(errors.Is(err, ekacare.ErrScribeSessionEnded))
	result, err := recording.Wait(ctx, &ekacare.ScribeWait{MinWait: time.Millisecond})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Transcript)
	// Output:
	// audio_1.webm
	// true
	// What was said in 2 files.
}
