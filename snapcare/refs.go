package snapcare

import (
	"bytes"
	"encoding/json"
	"strings"
)

// resolve brings an answer of Json.NET with reference keys into plain JSON. Objects have an id ("$id":"1"), and one that
// occurs again is only named ({"$ref":"1"}): a copy of the object takes the place of the name. A name inside of the object
// that it names becomes an empty object, or an empty list, since the copy would have no end. Ids are left out, and a list
// that is wrapped to have one ({"$id":"2","$values":[]}) is unwrapped. A name of nothing stays as it came.
//
// Bodies without such keys are returned as they are, and so is one that is no JSON or would grow beyond all measure.
func resolve(body []byte) ([]byte, error) {
	if !bytes.Contains(body, []byte(`"$id"`)) && !bytes.Contains(body, []byte(`"$ref"`)) || !json.Valid(body) {
		return body, nil
	}
	p := parser{data: body, ids: map[string]*node{}}
	root := p.value()
	for _, n := range p.unknown {
		n.target = p.ids[n.id] // named before it came
	}
	w := writer{limit: maxGrowth*len(body) + 1<<20}
	if !w.write(root) {
		return body, nil
	}
	return w.out, nil
}

const (
	maxGrowth = 16   // how many times its size a body may grow to
	maxNested = 1000 // what the decoder takes
)

// node is a JSON value: an object, a list, or what is taken over as text.
type node struct {
	kind    byte // '{', '[', '$' for a name of another object, or 0 for text
	text    []byte
	members []member
	id      string // of the object that a name names
	target  *node  // nil if there is none
	open    bool   // being written
}

type member struct {
	name  []byte // with quotes, nil in a list
	value *node
}

// parser reads a JSON text that is known to be valid.
type parser struct {
	data    []byte
	at      int
	ids     map[string]*node
	unknown []*node
}

func (p *parser) value() *node {
	p.space()
	switch p.data[p.at] {
	case '{':
		return p.object()
	case '[':
		n := &node{kind: '['}
		for p.next(']') {
			n.members = append(n.members, member{value: p.value()})
		}
		return n
	}
	return &node{text: p.scalar()}
}

func (p *parser) object() *node {
	n := &node{kind: '{'}
	var ref, values *node
	plain := 0
	for p.next('}') {
		name := p.scalar()
		p.space()
		p.at++ // the colon
		value := p.value()
		id, isID := idOf(value)
		switch key := keyOf(name); {
		case key == "$id" && isID:
			p.ids[id] = n // the latest counts: parts of an answer may number their objects anew
			continue
		case key == "$ref" && isID:
			ref = &node{kind: '$', id: id, target: p.ids[id]}
		case key == "$values" && value.kind == '[':
			values = value
		}
		plain++
		n.members = append(n.members, member{name, value})
	}
	switch {
	case plain != 1:
	case values != nil:
		n.kind, n.members = '[', values.members // still the node that has the id
	case ref != nil:
		ref.members = n.members
		if ref.target == nil {
			p.unknown = append(p.unknown, ref)
		}
		return ref
	}
	return n
}

// next steps to the next member or element, or over the end.
func (p *parser) next(end byte) bool {
	if c := p.data[p.at]; c == '{' || c == '[' {
		p.at++
	}
	p.space()
	if p.data[p.at] == ',' {
		p.at++
		p.space()
	}
	if p.data[p.at] == end {
		p.at++
		return false
	}
	return true
}

func (p *parser) space() {
	for p.at < len(p.data) && strings.IndexByte(" \t\r\n", p.data[p.at]) >= 0 {
		p.at++
	}
}

// scalar steps over a text, number or literal.
func (p *parser) scalar() []byte {
	start := p.at
	if p.data[p.at] == '"' {
		for p.at++; p.data[p.at] != '"'; p.at++ {
			if p.data[p.at] == '\\' {
				p.at++
			}
		}
		p.at++
		return p.data[start:p.at]
	}
	for p.at < len(p.data) && strings.IndexByte(" \t\r\n,]}", p.data[p.at]) < 0 {
		p.at++
	}
	return p.data[start:p.at]
}

// keyOf is the name of a member if it may be one of Json.NET's.
func keyOf(name []byte) string {
	if len(name) > 2 && name[1] == '$' {
		return string(name[1 : len(name)-1])
	}
	return ""
}

// idOf reads an id, which is a text or a number.
func idOf(n *node) (string, bool) {
	if n.kind != 0 || len(n.text) == 0 || n.text[0] != '"' && n.text[0] != '-' && (n.text[0] < '0' || n.text[0] > '9') {
		return "", false
	}
	return strings.Trim(string(n.text), `"`), true
}

// writer writes values with names replaced.
type writer struct {
	out   []byte
	limit int
	depth int
}

// write reports whether the value is within all measure.
func (w *writer) write(n *node) bool {
	switch {
	case n.kind == 0:
		w.out = append(w.out, n.text...)
		return len(w.out) <= w.limit
	case n.kind == '$' && n.target != nil:
		return w.write(n.target)
	case n.open:
		w.out = append(w.out, n.kind, n.kind+2) // the brackets are two apart
		return len(w.out) <= w.limit
	}
	if w.depth++; w.depth > maxNested {
		return false
	}
	n.open = true
	kind := n.kind
	if kind == '$' {
		kind = '{'
	}
	w.out = append(w.out, kind)
	for i, m := range n.members {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		if m.name != nil {
			w.out = append(append(w.out, m.name...), ':')
		}
		if !w.write(m.value) {
			return false
		}
	}
	w.out = append(w.out, kind+2)
	n.open = false
	w.depth--
	return len(w.out) <= w.limit
}
