package transport

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/content"
	"github.com/caremux/caremux/internal/scan"
	"github.com/caremux/caremux/internal/wire"
)

// Do sends a call that no method exists for. path is escaped as in a URL and may contain the placeholders that the client
// fills. out is nil, *json.RawMessage, or a pointer to what the response is decoded into.
func (c *Client) Do(ctx context.Context, method, path string, query, body, out any, opts ...caremux.RequestOption) error {
	op := &Operation{Name: "Do", Method: strings.ToUpper(method), Path: path, literal: true, OptionalBody: true}
	if field, rule := op.brokenRule(out); rule != "" {
		return &caremux.ArgumentError{Vendor: c.settings.Vendor, Operation: op.Name, Field: field, Rule: rule}
	}
	in := Input{Query: query}
	if !wire.IsNil(body) {
		in.Body = content.JSON(body)
	}
	return c.exec(ctx, op, in, opts, func(a *attempts, resp *http.Response) error {
		if out == nil {
			_, err := a.acknowledged(resp)
			return err
		}
		body, err := a.readAll(resp)
		if err != nil {
			return err
		}
		if raw, ok := out.(*json.RawMessage); ok {
			if *raw = body; a.names != nil {
				if err := a.names.Decode(body, raw); err != nil {
					return err
				}
			}
			return op.acknowledgement(body, true)
		}
		return a.decodeRecord(scan.TrimSpace(body), out, reflect.ValueOf(out).Elem().IsZero())
	})
}

// brokenRule names the rule that a call without a description breaks, "" if none.
func (op *Operation) brokenRule(out any) (field, rule string) {
	switch op.Method {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS":
	default:
		return "method", "must be an HTTP method"
	}
	switch {
	case !strings.HasPrefix(op.Path, "/"):
		return "path", `must begin with "/"`
	case strings.ContainsAny(op.Path, "?#\\ "):
		return "path", "must be escaped and must not contain a query"
	}
	for segment := range strings.SplitSeq(op.Path, "/") {
		if plain, err := url.PathUnescape(segment); err == nil && (plain == "." || plain == "..") {
			return "path", `must not contain "." or ".."`
		}
	}
	if out != nil && (reflect.TypeOf(out).Kind() != reflect.Pointer || wire.IsNil(out)) {
		return "out", "must be a pointer"
	}
	return "", ""
}
