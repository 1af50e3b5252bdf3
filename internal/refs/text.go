package refs

import "strconv"

// maxText is how many bytes of JSON are written for one record.
const maxText = 16 << 20

// text is the JSON of a part of the document with names replaced. Where it would be too long, each object that is named
// is written once, with an id, and named by that: as Json.NET would have written the part alone.
func (d *document) text(raw []byte) []byte {
	if text, ok := d.written(raw); ok {
		return text
	}
	t := texter{document: d, ids: map[*node]int{}, open: map[*node]bool{}}
	t.write(raw)
	return t.out
}

// written is the JSON with all names replaced, unless it is too long.
func (d *document) written(raw []byte) (text []byte, ok bool) {
	t := texter{document: d, open: map[*node]bool{}}
	t.write(raw)
	return t.out, len(t.out) <= maxText
}

// texter writes parts of a document.
type texter struct {
	*document
	out  []byte
	open map[*node]bool // being written
	ids  map[*node]int  // nil where names are replaced
}

func (t *texter) write(raw []byte) {
	at := t.offset(raw)
	if at < 0 {
		t.out = append(t.out, raw...)
		return
	}
	end := at + len(raw)
	for _, name := range t.between(at, end) {
		t.out = append(t.out, t.json[at:name.at]...)
		at = name.at + len("{}")
		t.node(name.node)
		if t.ids == nil && len(t.out) > maxText {
			return
		}
	}
	t.out = append(t.out, t.json[at:end]...)
}

// node writes what a name stands for.
func (t *texter) node(n *node) {
	if t.ids != nil {
		t.named(n)
		return
	}
	if t.open[n] {
		t.out = append(t.out, t.flat(n)...)
		return
	}
	t.open[n] = true
	t.write(t.of(n))
	t.open[n] = false
}

// named writes a node with its id the first time, and then its id alone.
func (t *texter) named(n *node) {
	id, again := t.ids[n]
	if again {
		t.out = append(t.out, `{"$ref":"`+strconv.Itoa(id)+`"}`...)
		return
	}
	id = len(t.ids) + 1
	t.ids[n] = id
	t.out = append(t.out, `{"$id":"`+strconv.Itoa(id)+`"`...)
	body := t.of(n)
	if n.kind == '[' {
		t.out = append(t.out, `,"$values":`...)
		t.write(body)
		t.out = append(t.out, '}')
		return
	}
	if len(body) > len("{}") {
		t.out = append(t.out, ',')
	}
	t.write(body[1:]) // its own bracket is written
}
