package cliniktest

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// object is a JSON object. Stored objects are never changed, only replaced, so that the index can hold older ones.
type object = map[string]any

// record is never changed, only replaced, as its body is.
type record struct {
	id      string
	body    object
	changed time.Time
	fhir    *record // the resource that stands for it, once somebody has asked for it
}

// table contains records in the order in which they came, and by id. Lists range over rows, without a copy for each page.
type table struct {
	rows []*record
	byID map[string]*record
}

// put adds a record, or puts it into the place of the one with its id.
func (t *table) put(r *record) {
	if old := t.byID[r.id]; old != nil {
		t.rows[slices.Index(t.rows, old)] = r
	} else {
		t.rows = append(t.rows, r)
	}
	if t.byID == nil {
		t.byID = map[string]*record{}
	}
	t.byID[r.id] = r
}

func (t *table) remove(id string) {
	if r := t.byID[id]; r != nil {
		delete(t.byID, id)
		i := slices.Index(t.rows, r)
		t.rows = slices.Delete(t.rows, i, i+1)
	}
}

// collection is what is stored, and what the index of searches knows of it.
type collection struct{ stored, indexed table }

// get returns the body of a record, nil if there is none.
func (c *collection) get(id string) object {
	if r := c.stored.byID[id]; r != nil {
		return r.body
	}
	return nil
}

// in returns the collection of a kind, and makes it if there is none.
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
	r := &record{id: id, body: body, changed: s.clock.Now()}
	to.stored.put(r)
	s.index(change{to: to, id: id, what: r})
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
			c.to.indexed.put(c.what)
		}
	}
}

// newID returns the next id with a prefix: the same in every run.
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
