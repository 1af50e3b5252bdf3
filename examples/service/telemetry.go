package main

import (
	"context"
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/caremux/caremux"
)

// telemetry collects spans and metrics in memory. A real service has an OTLP exporter and a periodic reader in these places.
type telemetry struct {
	spans  *tracetest.InMemoryExporter
	reader *sdkmetric.ManualReader
	tracer *sdktrace.TracerProvider

	calls, attempts metric.Int64Counter
	duration, lined metric.Float64Histogram
}

func newTelemetry() (*telemetry, error) {
	t := &telemetry{spans: tracetest.NewInMemoryExporter(), reader: sdkmetric.NewManualReader()}
	t.tracer = sdktrace.NewTracerProvider(sdktrace.WithSyncer(t.spans))
	meter := sdkmetric.NewMeterProvider(sdkmetric.WithReader(t.reader)).Meter("caremux")
	var err error
	if t.calls, err = meter.Int64Counter("caremux.calls", metric.WithDescription("calls that have ended")); err != nil {
		return nil, err
	}
	if t.attempts, err = meter.Int64Counter("caremux.attempts", metric.WithDescription("requests sent for calls")); err != nil {
		return nil, err
	}
	if t.lined, err = meter.Float64Histogram("caremux.call.lined", metric.WithUnit("s"),
		metric.WithDescription("time of calls in line behind a rate limit, a limiter or the retry budget"),
		metric.WithExplicitBucketBoundaries(0.1, 0.3, 1, 3, 10, 30, 60, 180)); err != nil {
		return nil, err
	}
	t.duration, err = meter.Float64Histogram("caremux.call.duration", metric.WithUnit("s"),
		metric.WithDescription("time of calls, waits between attempts included"),
		metric.WithExplicitBucketBoundaries(0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30))
	return t, err
}

// options lets a client report. Each attempt and each login is a span, each call a point of the metrics.
func (t *telemetry) options(vendor string) []caremux.Option {
	name := func(_ string, r *http.Request) string {
		if call, ok := caremux.CallOf(r.Context()); ok {
			return call.Vendor + " " + call.Operation
		}
		return vendor + " " + r.Method
	}
	traced := func(next http.RoundTripper) http.RoundTripper {
		return otelhttp.NewTransport(discreet{next},
			otelhttp.WithTracerProvider(t.tracer),
			otelhttp.WithSpanNameFormatter(name),
			// No header of ours, least of all baggage, goes to a vendor.
			otelhttp.WithPropagators(propagation.NewCompositeTextMapPropagator()))
	}
	return []caremux.Option{caremux.WithMiddleware(traced), caremux.WithObserver(t.record)}
}

// record counts a call that has ended. Few values each, so that the metrics stay small: vendors, operations, statuses.
func (t *telemetry) record(ctx context.Context, e caremux.CallEvent) {
	if !e.Done {
		return
	}
	of := metric.WithAttributes(attribute.String("vendor", e.Vendor), attribute.String("operation", e.Operation),
		attribute.Int("status", e.Status))
	t.calls.Add(ctx, 1, of)
	t.attempts.Add(ctx, int64(e.Attempts), of)
	t.duration.Record(ctx, e.Duration.Seconds(), of)
	if e.Lined > 0 {
		t.lined.Record(ctx, e.Lined.Seconds(), metric.WithAttributes(
			attribute.String("vendor", e.Vendor), attribute.String("operation", e.Operation), attribute.String("reason", e.LinedFor)))
	}
}

// discreet replaces the address in the span of a request, which otelhttp writes with the ids of patients and all query values,
// by the template of the path.
type discreet struct{ next http.RoundTripper }

func (d discreet) RoundTrip(r *http.Request) (*http.Response, error) {
	path := ""
	if call, ok := caremux.CallOf(r.Context()); ok {
		path = call.Path
	}
	trace.SpanFromContext(r.Context()).SetAttributes(attribute.String("url.full", path), attribute.String("url.template", path))
	return d.next.RoundTrip(r)
}
