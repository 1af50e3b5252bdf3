package main

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"sync"
)

// counter counts something at a vendor.
type counter struct {
	vendor, what string
	count        func(context.Context) (int, error)
}

// answer is what the service says of a vendor: a count, or why there is none.
type answer struct {
	Vendor string `json:"vendor"`
	What   string `json:"what"`
	Count  int    `json:"count"`
	Error  string `json:"error,omitzero"`
}

// summary asks all vendors at once. One that fails does not hide the others.
func summary(v *vendors) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answers := make([]answer, len(v.counts))
		var all sync.WaitGroup
		for i, c := range v.counts {
			all.Go(func() {
				n, err := c.count(r.Context())
				answers[i] = answer{Vendor: c.vendor, What: c.what, Count: n}
				if err != nil {
					answers[i].Error = err.Error() // names no person; see caremux.Error
				}
			})
		}
		all.Wait()
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(answers)
	})
}

func total[T any](items iter.Seq2[T, error]) (n int, err error) {
	for _, err := range items {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
