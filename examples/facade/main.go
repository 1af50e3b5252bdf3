// Command facade is a small FHIR server in front of all four systems: it reads their patients, practitioners and
// appointments, and what else they have, as FHIR R4, so that any FHIR app can read them. It changes nothing.
//
//	go run ./examples/facade
//	curl -H "Authorization: Bearer …" "http://127.0.0.1:8080/Appointment?date=ge2030-03-08&date=lt2030-03-15"
//
// A system that cannot be read is named by an OperationOutcome in the last page of a search, beside what the others have;
// if none can be read, the response is 502.
//
// It serves fakes in this process that are given some appointments, or with -env the systems whose credentials are in
// the environment. Requests need a bearer token: that of FACADE_TOKEN, or one that is made and printed. It listens on
// loopback, and elsewhere only with FACADE_TOKEN; put a proxy with TLS in front of it then.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"
	_ "time/tzdata" // so that zones are known everywhere

	"github.com/caremux/caremux/clinik/clinikfhir"
	"github.com/caremux/caremux/ekacare/ekafhir"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/demo"
	"github.com/caremux/caremux/snapcare/snapfhir"
	"github.com/caremux/caremux/welkin/welkinfhir"
)

type options struct {
	addr, base, zone, token string
	env                     bool
}

func main() {
	o := options{token: os.Getenv("FACADE_TOKEN")}
	flag.StringVar(&o.addr, "addr", "127.0.0.1:8080", "address to listen on")
	flag.StringVar(&o.base, "base", "", "address that apps use, if not that of -addr")
	flag.StringVar(&o.zone, "zone", "UTC", "time zone of dates without one in searches")
	flag.BoolVar(&o.env, "env", false, "read the systems of the environment, in place of fakes")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, o); err != nil {
		fmt.Fprintln(os.Stderr, "facade:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, o options) error {
	zone, err := time.LoadLocation(o.zone)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", o.addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	if o.token == "" {
		if tcp, ok := listener.Addr().(*net.TCPAddr); !ok || !tcp.IP.IsLoopback() {
			return errors.New("FACADE_TOKEN must be set to listen on other addresses than loopback")
		}
		o.token = rand.Text()
		fmt.Fprintln(out, "token:", o.token)
	}
	source, closeSource, err := sourceOf(ctx, o.env)
	if err != nil {
		return err
	}
	defer closeSource()
	if o.base == "" {
		o.base = "http://" + listener.Addr().String()
	}
	f := newFacade(ctx, source, o.base, o.token, zone)
	server := &http.Server{Handler: f, ReadHeaderTimeout: 10 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = server.Shutdown(context.WithoutCancel(ctx)) })()
	fmt.Fprintf(out, "serving FHIR R4 on %s\n", o.base)
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func sourceOf(ctx context.Context, env bool) (source *fhir.Source, stop func(), err error) {
	if env {
		source, err = fhir.MergeFromEnv(ekafhir.NewSourceFromEnv, welkinfhir.NewSourceFromEnv, clinikfhir.NewSourceFromEnv,
			snapfhir.NewSourceFromEnv)
		return source, func() {}, err
	}
	systems, err := demo.Start(ctx, time.Now())
	if err != nil {
		return nil, nil, err
	}
	source, err = fhir.Merge(systems.Sources...)
	return source, systems.Close, err
}
