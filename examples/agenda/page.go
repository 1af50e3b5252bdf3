package main

import (
	_ "embed"
	"html/template"
	"io"
	"time"
)

//go:embed page.html
var pageSource string

// html/template escapes what patients are called by the place where it stands.
var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"machine": func(t time.Time) string { return t.Format(time.RFC3339) },
	"day":     dayOf,
}).Parse(pageSource))

// writePage writes the agenda as a page that needs nothing else and runs no script.
func writePage(out io.Writer, a *agenda) error { return page.Execute(out, a) }
