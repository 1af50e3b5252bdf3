package cliniktest

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// object is a JSON object. Stored objects are never changed, only replaced, so that the index can hold older ones.
type object = map[string]any

type record struct {
	body    object
	changed time.Time
}

// table holds records by id, in the order in which they came.
type table struct {
	ids  []string
	rows map[string]record
}

func (t *table) put(id string, r record) {
	if _, ok := t.rows[id]; !ok {
		if t.rows == nil {
			t.rows = map[string]record{}
		}
		t.ids = append(t.ids, id)
	}
	t.rows[id] = r
}

func (t *table) remove(id string) {
	if _, ok := t.rows[id]; ok {
		delete(t.rows, id)
		t.ids = slices.DeleteFunc(t.ids, func(other string) bool { return other == id })
	}
}

func (t *table) all() []record {
	all := make([]record, len(t.ids))
	for i, id := range t.ids {
		all[i] = t.rows[id]
	}
	return all
}

// collection is what is stored, and what the index of searches knows of it.
type collection struct{ stored, indexed table }

func (c *collection) get(id string) object { return c.stored.rows[id].body }

// in gives the collection of a kind, and makes it if there is none.
func in(of map[string]*collection, kind string) *collection {
	if of[kind] == nil {
		of[kind] = &collection{}
	}
	return of[kind]
}

// change is one that the index does not know yet.
type change struct {
	due  int // the number of the last request that does not see it
	to   *collection
	id   string
	what *record // nil if it was removed
}

func (s *Server) put(to *collection, id string, body object) {
	r := record{body, s.clock.Now()}
	to.stored.put(id, r)
	s.index(change{to: to, id: id, what: &r})
}

func (s *Server) remove(from *collection, id string) {
	from.stored.remove(id)
	s.index(change{to: from, id: id})
}

// index queues a change behind those made before it.
func (s *Server) index(c change) {
	c.due = s.acted + s.lag
	if n := len(s.pending); n > 0 {
		c.due = max(c.due, s.pending[n-1].due)
	}
	s.pending = append(s.pending, c)
	if s.lag == 0 && len(s.pending) == 1 {
		s.advanceIndex(true)
	}
}

// advanceIndex lets the index know of the changes that are due, or of all.
func (s *Server) advanceIndex(all bool) {
	for len(s.pending) > 0 && (all || s.pending[0].due < s.acted) {
		c := s.pending[0]
		s.pending = s.pending[1:]
		if c.what == nil {
			c.to.indexed.remove(c.id)
		} else {
			c.to.indexed.put(c.id, *c.what)
		}
	}
}

// newID gives the next id with a prefix: the same in every run.
func (s *Server) newID(prefix string) string {
	s.ids[prefix]++
	return fmt.Sprintf("%s_%d", prefix, s.ids[prefix])
}

func str(row object, name string) string {
	text, _ := row[name].(string)
	return text
}

// clone copies a JSON value in full.
func clone[T any](v T) T {
	data, _ := json.Marshal(v) // what came in as JSON
	var c T
	_ = json.Unmarshal(data, &c)
	return c
}

func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
