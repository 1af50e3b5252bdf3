// Command webhook-receiver receives the webhooks of four vendors on this machine, and sends itself signed samples of them.
//
//	go run ./examples/webhook-receiver                                    # in one terminal
//	go run ./examples/webhook-receiver -send ekacare/appointment.created  # in another
//	go run ./examples/webhook-receiver -list                              # what can be sent
//
// Both take the vendors' secrets from EKA_WEBHOOK_SECRET, CLINIK_WEBHOOK_SECRET, WELKIN_WEBHOOK_KEY,
// WELKIN_WEBHOOK_SECRET and SNAPCARE_WEBHOOK_SECRET. Where one is not set they use a secret that the receiver
// makes up on its first start and keeps in a
// file of this user's cache folder. To receive from a vendor, set the real ones and lead the vendor here through a tunnel.
// Only ids are printed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "webhook-receiver:", err)
		os.Exit(1)
	}
}

// run receives until ctx ends, or lists, or sends.
func run(ctx context.Context, args []string, env func(string) string, out io.Writer) error {
	flags := flag.NewFlagSet("webhook-receiver", flag.ContinueOnError)
	addr := flags.String("addr", "127.0.0.1:8089", "address to receive on, or to send to")
	sample := flags.String("send", "", "send this `vendor/event` to a receiver that runs")
	times := flags.Int("times", 1, "send the same delivery so often")
	list := flags.Bool("list", false, "list what can be sent")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *list {
		for _, name := range sampleNames() {
			fmt.Fprintln(out, name)
		}
		return nil
	}
	keys, err := readSecrets(env, *sample == "")
	if err != nil {
		return err
	}
	verifiers, err := keys.verifiers()
	if err != nil {
		return err
	}
	if *sample != "" {
		return send(ctx, "http://"+*addr, *sample, *times, verifiers, out)
	}
	receiver, err := newReceiver(verifiers, out)
	if err != nil {
		return err
	}
	return serve(ctx, *addr, receiver, out)
}

// serve answers on addr until ctx ends, and lets what has begun finish.
func serve(ctx context.Context, addr string, receiver http.Handler, out io.Writer) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: receiver, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second}
	fmt.Fprintf(out, "receiving on http://%s/ekacare, /clinik, /welkin and /snapcare\n", listener.Addr())
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		ending, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		return server.Shutdown(ending)
	}
}
