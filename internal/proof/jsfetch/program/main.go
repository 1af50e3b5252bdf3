// Command program calls a server as a program in a browser does, and prints what it got.
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
)

func main() {
	if err := run(context.Background(), os.Args[1]); err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, address string) error {
	c, err := clinik.New("clk_test_key", caremux.WithInsecureBaseURL(address))
	if err != nil {
		return err
	}
	made, err := c.Patients.Create(ctx, &clinik.PatientCreate{FirstName: "Zoë", LastName: "Tester"})
	if err != nil {
		return err
	}
	_, err = c.Patients.Get(ctx, "missing", nil)
	fmt.Println("created", made.ID, "and then:", err)
	file, err := c.Bulk.Download(ctx, &clinik.BulkJob{ID: "b1", Type: "export", Status: "completed", DownloadURL: address + "/file"})
	if err != nil {
		return err
	}
	text, err := io.ReadAll(file)
	fmt.Printf("downloaded %s\n", text)
	return err
}
