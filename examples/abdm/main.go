// Command abdm is a health information provider of ABDM, India's health data network, and the user that requests its
// data:
//
//	go run ./examples/abdm
//
// It runs offline, against a fake of Eka Care in this process that plays the network. First the program is the
// provider: the network requests the documents of two visits, and the provider seals each with keys of its own for the
// requester. Then it is the user: it publishes keys, replaces them, and opens what arrives for the former and for the
// new ones. The private keys and the text of the documents never leave the process.
//
// With the vendor in place of the fake, mount what receiver returns on a public address, and let the vendor's support
// register it for the events of ABDM. Keep the key sets in a store that outlives the process, encrypted.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/caremux/caremux/ekacare/abdm"
	"github.com/caremux/caremux/ekacare/ekacaretest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "abdm:", err)
		os.Exit(1)
	}
}

const signingKey = "the key that the webhook is registered with"

func run(ctx context.Context, out io.Writer) (err error) {
	srv, err := ekacaretest.Start()
	if err != nil {
		return err
	}
	defer srv.Close()
	client, err := srv.NewClient()
	if err != nil {
		return err
	}
	store := abdm.NewMemoryStore(5)
	archive := newArchive()
	handler, err := receiver(client, signingKey, archive, store)
	if err != nil {
		return err
	}
	address, shutdown, err := listen(handler)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, shutdown()) }()
	srv.Subscribe(address, signingKey)
	if err := provide(ctx, out, srv); err != nil {
		return err
	}
	return use(ctx, out, srv, client, store, archive)
}

// listen serves the handler on this machine until shutdown is called.
func listen(handler http.Handler) (address string, shutdown func() error, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(l) }()
	return "http://" + l.Addr().String(), server.Close, nil
}

// provide lets the network request the documents of two visits.
func provide(ctx context.Context, out io.Writer, srv *ekacaretest.Server) error {
	for _, encoding := range []abdm.Encoding{abdm.EncodingRaw, abdm.EncodingX509} {
		transaction, err := srv.RequestData(ctx, ekacaretest.DataRequest{
			HIPID: "hip-1", CareContexts: []string{"visit-1", "visit-2"}, Encoding: encoding,
		})
		if err != nil {
			return err
		}
		documents, complete := srv.ReceivedData(transaction)
		fmt.Fprintf(out, "provider: a requester with a key in %s has all pages: %v\n", encoding, complete)
		for _, d := range documents {
			fmt.Fprintf(out, "  %s: %s\n", d.CareContextID, d.Bundle)
		}
	}
	return nil
}
