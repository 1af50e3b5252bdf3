// Command service is a small HTTP service on top of all four vendors: one shared transport, logs by slog, and spans and metrics
// by OpenTelemetry. It starts the service, asks it twice, and prints what was logged, traced and counted.
//
//	go -C examples/service run .
//
// It runs offline, against fakes in this process. The vendor that answers 503 once shows a repeated attempt. It is a module of
// its own, so that OpenTelemetry stays out of the go.mod of who only uses the clients.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "service:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	logger := slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: withoutTime}))
	otel, err := newTelemetry()
	if err != nil {
		return err
	}
	vendors, err := startVendors(logger, otel)
	if err != nil {
		return err
	}
	defer vendors.close()

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /summary", otelhttp.NewHandler(summary(vendors), "GET /summary", otelhttp.WithTracerProvider(otel.tracer)))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	defer server.Close()
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()

	for range 2 { // the second time nobody logs in
		if err := ask(ctx, out, "http://"+listener.Addr().String()+"/summary"); err != nil {
			return err
		}
	}
	// Shutdown waits for the requests under way, so that their spans have ended when they are printed.
	if err := server.Shutdown(ctx); err != nil {
		return err
	}
	if err := <-served; err != http.ErrServerClosed {
		return err
	}
	return otel.report(ctx, out)
}

// ask gets an address and prints the answer.
func ask(ctx context.Context, out io.Writer, address string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	fmt.Fprintf(out, "%s %s", response.Status, body)
	return err
}

func withoutTime(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}
