package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/fhir"
)

// parameters are FHIR's names of the filters.
var parameters = []struct {
	name, kind string
	filter     fhir.Filter
}{
	{"name", "string", fhir.FilterName},
	{"birthdate", "date", fhir.FilterBirthDate},
	{"identifier", "token", fhir.FilterIdentifier},
	{"patient", "reference", fhir.FilterPatients},
	{"practitioner", "reference", fhir.FilterPractitioners},
	{"date", "date", fhir.FilterTime},
	{"_lastUpdated", "date", fhir.FilterChangedSince},
}

// The number of entries of a page.
const (
	defaultCount = 50
	mostCount    = 500
)

func (f *facade) search(w http.ResponseWriter, r *http.Request, resourceType string) {
	params := r.URL.Query()
	if cursor := params.Get("_page"); cursor != "" {
		bundle, err := f.pages.next(cursor, resourceType)
		f.respond(w, bundle, err)
		return
	}
	if id := params.Get("_id"); id != "" {
		f.searchID(w, r, resourceType, id)
		return
	}
	q, count, err := f.query(params)
	if err != nil {
		f.respond(w, nil, err)
		return
	}
	bundle, err := f.pages.first(f.source, resourceType, q, count, f.base+"/"+resourceType, r.URL.RawQuery)
	f.respond(w, bundle, err)
}

// query reads the parameters of a search. One that is not known is refused: ignored, it would return too much.
func (f *facade) query(params url.Values) (q fhir.Query, count int, err error) {
	count = defaultCount
	for name, values := range params {
		if len(values) > 1 && name != "date" {
			return q, 0, refusal(name, "must be given once")
		}
		for _, value := range values {
			if name == "_count" {
				if count, err = strconv.Atoi(value); err != nil || count < 1 {
					return q, 0, refusal(name, "must be a positive number")
				}
				count = min(count, mostCount)
			} else if err := f.filter(&q, name, value); err != nil {
				return q, 0, err
			}
		}
	}
	return q, count, nil
}

func refusal(name, rule string) error { return &caremux.ArgumentError{Field: name, Rule: rule} }

// filter sets what a parameter filters by.
func (f *facade) filter(q *fhir.Query, name, value string) error {
	switch name {
	case "name":
		q.Name = value
	case "birthdate":
		q.BirthDate = fhir.DateTime(strings.TrimPrefix(value, "eq"))
	case "identifier":
		system, code, ok := strings.Cut(value, "|")
		if !ok {
			system, code = "", value
		}
		q.Identifier = fhir.Identifier{System: system, Value: code}
	case "patient":
		q.Patients = ids(value, "Patient/")
	case "practitioner":
		q.Practitioners = ids(value, "Practitioner/")
	case "date":
		return f.between(q, value)
	case "_lastUpdated":
		span, prefix, err := f.span(value)
		if err != nil || prefix != "ge" && prefix != "gt" {
			return refusal(name, "must be a time with the prefix ge or gt")
		}
		q.ChangedSince = span[0]
	case "_format":
		if !strings.Contains(value, "json") {
			return refusal(name, "must be json")
		}
	default:
		return refusal("a parameter", "is not one of /metadata")
	}
	return nil
}

// ids reads references with commas between, with or without their type.
func ids(value, before string) []string {
	list := strings.Split(value, ",")
	for i := range list {
		list[i] = strings.TrimPrefix(list[i], before)
	}
	return list
}

// between narrows the time range by a date of a search.
func (f *facade) between(q *fhir.Query, value string) error {
	span, prefix, err := f.span(value)
	if err != nil {
		return err
	}
	from, to := time.Time{}, time.Time{}
	switch prefix {
	case "", "eq":
		from, to = span[0], span[1]
	case "ge":
		from = span[0]
	case "gt", "sa":
		from = span[1]
	case "lt", "eb":
		to = span[0]
	case "le":
		to = span[1]
	default:
		return refusal("date", "must have no prefix, or eq, ge, gt, le or lt")
	}
	if from.After(q.From) {
		q.From = from
	}
	if !to.IsZero() && (q.To.IsZero() || to.Before(q.To)) {
		q.To = to
	}
	return nil
}

// span returns the time that a value means: from its start to before its end, and its prefix.
func (f *facade) span(value string) (span [2]time.Time, prefix string, err error) {
	if len(value) > 2 && value[0] >= 'a' && value[0] <= 'z' {
		prefix, value = value[:2], value[2:]
	}
	d := fhir.DateTime(strings.ReplaceAll(value, " ", "+")) // a plus that was not escaped
	start, err := d.TimeIn(f.zone)
	if err != nil {
		return span, prefix, refusal("date", "must be a FHIR date or dateTime")
	}
	end := start.Add(time.Second)
	switch len(d) {
	case len("2006"):
		end = start.AddDate(1, 0, 0)
	case len("2006-01"):
		end = start.AddDate(0, 1, 0)
	case len("2006-01-02"):
		end = start.AddDate(0, 0, 1)
	}
	return [2]time.Time{start, end}, prefix, nil
}

// searchID is a search by the id, which is how some apps read.
func (f *facade) searchID(w http.ResponseWriter, r *http.Request, resourceType, id string) {
	bundle := &fhir.Bundle{Type: fhir.BundleTypeSearchset, Link: []fhir.BundleLink{
		{Relation: "self", URL: fmt.Sprintf("%s/%s?_id=%s", f.base, resourceType, url.QueryEscape(id))},
	}}
	resource, err := f.source.Read(r.Context(), resourceType, id)
	switch {
	case err == nil:
		bundle.Entry = append(bundle.Entry, entryOf(f.base+"/"+resourceType, resource))
	case !isNotFound(err):
		f.respond(w, nil, err)
		return
	}
	bundle.Total = new(len(bundle.Entry))
	write(w, http.StatusOK, bundle)
}
