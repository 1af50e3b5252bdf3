package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
)

// report prints the spans as trees, in the order of their start, and the metrics.
func (t *telemetry) report(ctx context.Context, out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "\nSPANS\tSTATUS\tTIME\tADDRESS\n")
	children := map[trace.SpanID][]tracetest.SpanStub{}
	for _, span := range t.spans.GetSpans() {
		children[span.Parent.SpanID()] = append(children[span.Parent.SpanID()], span)
	}
	printSpans(w, children, trace.SpanID{}, "")
	if err := w.Flush(); err != nil {
		return err
	}

	var collected metricdata.ResourceMetrics
	if err := t.reader.Collect(ctx, &collected); err != nil {
		return err
	}
	fmt.Fprint(w, "\nMETRIC\tVENDOR\tOPERATION\tSTATUS\tVALUE\n")
	for _, scope := range collected.ScopeMetrics {
		for _, m := range scope.Metrics {
			for _, line := range points(m) {
				fmt.Fprintf(w, "%s\t%s\n", m.Name, line)
			}
		}
	}
	return w.Flush()
}

func printSpans(w io.Writer, children map[trace.SpanID][]tracetest.SpanStub, parent trace.SpanID, indent string) {
	spans := children[parent]
	slices.SortFunc(spans, func(a, b tracetest.SpanStub) int { return a.StartTime.Compare(b.StartTime) })
	for _, s := range spans {
		set := attribute.NewSet(s.Attributes...)
		status, _ := set.Value("http.response.status_code")
		address, _ := set.Value("url.full")
		took := s.EndTime.Sub(s.StartTime).Round(100 * time.Microsecond)
		fmt.Fprintf(w, "%s%s\t%d\t%s\t%s\n", indent, s.Name, status.AsInt64(), took, address.AsString())
		printSpans(w, children, s.SpanContext.SpanID(), indent+"  ")
	}
}

// points gives a line for each set of attributes of a metric, sorted.
func points(m metricdata.Metrics) []string {
	var lines []string
	add := func(set attribute.Set, value string) {
		vendor, _ := set.Value("vendor")
		operation, _ := set.Value("operation")
		status, _ := set.Value("status")
		lines = append(lines, fmt.Sprintf("%s\t%s\t%d\t%s", vendor.AsString(), operation.AsString(), status.AsInt64(), value))
	}
	switch data := m.Data.(type) {
	case metricdata.Sum[int64]:
		for _, p := range data.DataPoints {
			add(p.Attributes, fmt.Sprint(p.Value))
		}
	case metricdata.Histogram[float64]:
		for _, p := range data.DataPoints {
			add(p.Attributes, fmt.Sprintf("%d calls, %.0f ms on average", p.Count, 1000*p.Sum/float64(p.Count)))
		}
	}
	slices.SortFunc(lines, cmp.Compare)
	return lines
}
