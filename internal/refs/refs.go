package refs

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/scan"
	"github.com/caremux/caremux/internal/transport"
	"github.com/caremux/caremux/internal/wire"
)

const (
	// maxNested is how deep objects and lists are nested in a response. Json.NET reads no deeper.
	maxNested = 64
	// maxDepth is how deep they are through names.
	maxDepth = 1000
)

// document is a response without reference keys.
type document struct {
	json   []byte // with {} or [] in place of names
	names  []name // by their places
	values map[valueKey]*value
	strict bool // what does not fit its Go type is refused: the type that is being decoded cannot report it
}

// name stands for a node at a place in the JSON.
type name struct {
	at   int
	node *node
}

// node is an object, or a list, that has an id.
type node struct {
	kind       byte // '{' or '['
	start, end int  // in the JSON
	parts      []part
	depth      int // how many objects and lists it is deep; once parts is nil, names are followed
	open       bool
}

// part is a node that is directly inside of another, itself or by a name.
type part struct {
	node  *node
	level int // how many objects and lists of the node are around it
}

// Resolve reads a response. Without reference keys it is returned as it is, and so is what is not JSON. A name of
// nothing, and one that leads too deep, make the response unreadable: there would be a blank in place of a record.
func Resolve(body []byte) ([]byte, transport.Resolver, error) {
	if !bytes.Contains(body, []byte(`"$id"`)) && !bytes.Contains(body, []byte(`"$ref"`)) || !json.Valid(body) {
		return body, nil, nil
	}
	root := bytes.TrimSpace(body)
	f := finder{latest: map[string]*node{}}
	if !f.find(root, 1) {
		return nil, nil, unreadable("objects are nested too deep in the response")
	}
	for i, n := range f.names {
		if n == nil {
			f.names[i] = f.latest[f.forward[i]]
		}
		if f.names[i] == nil {
			return nil, nil, unreadable("the response refers to an object that it does not contain")
		}
	}
	w := writer{finder: &f, doc: &document{json: make([]byte, 0, len(body)), values: map[valueKey]*value{}}}
	whole := &node{kind: '{'}
	w.write(root, whole, 1)
	if whole.deep(0) > maxDepth {
		return nil, nil, unreadable("references lead too deep in the response")
	}
	if len(w.doc.names) == 0 {
		return w.doc.json, nil, nil
	}
	return w.doc.json, w.doc, nil
}

func unreadable(reason string) error {
	return &transport.ShapeError{Reason: reason, Kind: caremux.ErrUnreadable}
}

// shape is what an object is to Json.NET.
type shape struct {
	id, ref  string
	hasID    bool
	isRef    bool
	list     []byte // what is wrapped to have an id
	children [][2][]byte
}

// shapeOf reads an object. It is whole unless it is nested too deep.
func shapeOf(data []byte) (s shape, whole bool) {
	plain, hasRef := 0, false
	whole = scan.Members(data, func(key, value []byte) bool {
		text, isText := idOf(value)
		switch {
		case string(key) == "$id" && isText:
			s.id, s.hasID = text, true
			return true
		case string(key) == "$ref" && isText:
			s.ref, hasRef = text, true
		case string(key) == "$values" && value[0] == '[':
			s.list = value
		}
		plain++
		s.children = append(s.children, [2][]byte{key, value})
		return true
	})
	s.isRef = hasRef && plain == 1
	if plain != 1 {
		s.list = nil
	}
	return s, whole
}

// idOf reads an id, which is a string or a number.
func idOf(value []byte) (string, bool) {
	if c := value[0]; c != '"' && c != '-' && (c < '0' || c > '9') {
		return "", false
	}
	return string(bytes.Trim(value, `"`)), true
}

// finder looks for ids and names, in their order.
type finder struct {
	latest  map[string]*node
	nodes   []*node
	names   []*node
	forward map[int]string // ids of names that came before them, by the name's index
}

// find reports whether the value is not nested too deep.
func (f *finder) find(data []byte, depth int) bool {
	if depth > maxNested {
		return false
	}
	switch data[0] {
	case '[':
		elements, whole := scan.Elements(data)
		return whole && !slices.ContainsFunc(elements, func(element []byte) bool { return !f.find(element, depth+1) })
	case '{':
		s, whole := shapeOf(data)
		if !whole {
			return false
		}
		if s.isRef {
			f.names = append(f.names, f.latest[s.ref])
			if f.latest[s.ref] == nil {
				if f.forward == nil {
					f.forward = map[int]string{}
				}
				f.forward[len(f.names)-1] = s.ref
			}
			return true
		}
		if s.hasID {
			n := &node{kind: '{'}
			if s.list != nil {
				n.kind = '['
			}
			f.nodes = append(f.nodes, n)
			f.latest[s.id] = n
		}
		if s.list != nil {
			return f.find(s.list, depth)
		}
		return !slices.ContainsFunc(s.children, func(child [2][]byte) bool { return !f.find(child[1], depth+1) })
	}
	return true
}

// writer writes the JSON of the document, and meets ids and names in the order of the finder.
type writer struct {
	*finder
	doc         *document
	node, names int // met so far
}

// write writes a value that is directly inside of a node, of which an object or list is at this level.
func (w *writer) write(data []byte, in *node, level int) {
	out := &w.doc.json
	switch data[0] {
	case '[':
		in.depth = max(in.depth, level)
		elements, _ := scan.Elements(data)
		*out = append(*out, '[')
		for i, element := range elements {
			if i > 0 {
				*out = append(*out, ',')
			}
			w.write(element, in, level+1)
		}
		*out = append(*out, ']')
	case '{':
		s, _ := shapeOf(data)
		w.object(s, in, level)
	default:
		*out = append(*out, data...)
	}
}

func (w *writer) object(s shape, in *node, level int) {
	out := &w.doc.json
	if s.isRef {
		n := w.finder.names[w.names]
		w.names++
		in.parts = append(in.parts, part{n, level - 1})
		w.doc.names = append(w.doc.names, name{len(*out), n})
		*out = append(*out, n.kind, n.kind+2) // the brackets are two apart
		return
	}
	if s.hasID {
		n := w.nodes[w.node]
		w.node++
		in.parts = append(in.parts, part{n, level - 1})
		in, level = n, 1
		n.start = len(*out)
		defer func() { n.end = len(*out) }()
	}
	if s.list != nil {
		w.write(s.list, in, level)
		return
	}
	in.depth = max(in.depth, level)
	*out = append(*out, '{')
	for i, child := range s.children {
		if i > 0 {
			*out = append(*out, ',')
		}
		*out = appendKey(*out, child[0])
		w.write(child[1], in, level+1)
	}
	*out = append(*out, '}')
}

// appendKey writes the name of a field.
func appendKey(out, key []byte) []byte {
	if bytes.ContainsFunc(key, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' }) {
		quoted, _ := wire.Marshal(string(key)) // a string
		return append(append(out, quoted...), ':')
	}
	return append(append(append(out, '"'), key...), `":`...)
}

// deep is how deep the node is, names followed; a circle ends where it closes. It gives up behind maxDepth.
func (n *node) deep(level int) int {
	switch {
	case n.open:
		return 0
	case level > maxDepth:
		return level
	}
	n.open = true
	for _, p := range n.parts {
		if n.depth = max(n.depth, p.level+p.node.deep(level+p.level)); n.depth > maxDepth {
			break
		}
	}
	n.open = false
	n.parts = nil // the depth is known
	return n.depth
}
