package mapping

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/fhir"
	"github.com/caremux/caremux/internal/wire"
)

// Kind is a kind of record, such as welkin/Patient. Its extensions keep what the FHIR fields of a resource do not say
// about the record.
//
// The rule is the same for all fields of all vendors. A mapping says which record the FHIR fields alone lead back to
// (it is shown by them), and whatever the vendor's JSON has differently goes into an extension, beside what the FHIR
// fields showed. Back, the extension holds as long as they show the same; once somebody has edited them, they win.
type Kind string

// The URLs inside an extension that says more than a value.
const (
	keptValue = "value" // the vendor's value
	keptJSON  = "json"  // the vendor's value as JSON, where FHIR has no such value
	keptShown = "shown" // what the FHIR fields showed, as JSON
)

type object = map[string]any

// Raw returns the JSON of a record: what the vendor sent, as long as nobody has changed the Go value.
func Raw[T any](record *T) (json.RawMessage, error) {
	now, err := wire.Marshal(record)
	if err != nil {
		return nil, err
	}
	r, ok := any(record).(interface{ RawJSON() json.RawMessage })
	if !ok || len(r.RawJSON()) == 0 {
		return now, nil
	}
	raw := r.RawJSON()
	var sent T
	if err := wire.Unmarshal(raw, &sent); err != nil {
		return now, nil
	}
	before, err := wire.Marshal(&sent)
	if err != nil || bytes.Equal(before, now) {
		return raw, err
	}
	return overlay(raw, before, now)
}

// Sent returns the JSON that a record inside another was sent with, or is encoded as. If it was changed since, the [Raw] of
// the record around it says so.
func Sent(record interface{ RawJSON() json.RawMessage }) (json.RawMessage, error) {
	if raw := record.RawJSON(); len(raw) > 0 {
		return raw, nil
	}
	return wire.Marshal(record)
}

// overlay returns the vendor's JSON with the fields that were changed since.
func overlay(raw, before, now []byte) (json.RawMessage, error) {
	whole, old, changed := parse(raw), parse(before), parse(now)
	for name := range maps.Keys(merged(old, changed)) {
		switch value, ok := changed[name]; {
		case equal(old[name], value):
		case ok:
			whole[name] = value
		default:
			delete(whole, name)
		}
	}
	return json.Marshal(whole)
}

// Keep returns the extensions for what the JSON of a record has differently from the record that the FHIR fields show.
// unmapped are the paths of fields whose codes FHIR has no equivalent for.
func (k Kind) Keep(raw json.RawMessage, shown any, unmapped ...string) ([]fhir.Extension, error) {
	text, err := wire.Marshal(shown)
	if err != nil {
		return nil, err
	}
	w := walker{unmapped: unmapped}
	w.objects("", raw, text)
	if len(w.found) == 0 {
		return nil, nil
	}
	kept := make([]fhir.Extension, len(w.found)) // without room for more, as an extension is large
	for i := range w.found {
		w.found[i].write(&kept[i], k.url())
	}
	return kept, nil
}

// url begins the URLs of the kind's extensions.
func (k Kind) url() string { return fhir.OriginURL + string(k) + "/" }

type walker struct {
	unmapped []string
	found    []difference
}

// difference is a field that the vendor's JSON has differently from the record that the FHIR fields show.
type difference struct {
	at         string
	raw, shown any
	unmapped   bool
}

// objects compares two objects as they are encoded: most of their fields are equal, and need not be decoded to see that.
func (w *walker) objects(path string, raw, shown []byte) {
	ours, theirs := fieldsOf(raw), fieldsOf(shown)
	for len(ours) > 0 || len(theirs) > 0 {
		var name, r, s []byte
		switch order := compareFirst(ours, theirs); {
		case order < 0:
			name, r, ours = ours[0].name, ours[0].value, ours[1:]
		case order > 0:
			name, s, theirs = theirs[0].name, theirs[0].value, theirs[1:]
		default:
			name, r, s, ours, theirs = ours[0].name, ours[0].value, theirs[0].value, ours[1:], theirs[1:]
		}
		if len(w.unmapped) == 0 && bytes.Equal(r, s) {
			continue
		}
		at := path + url.PathEscape(string(name))
		marked := slices.Contains(w.unmapped, at)
		switch {
		case isObject(r) && isObject(s) && len(fieldsOf(r)) > 0:
			w.objects(at+"/", r, s)
		case !marked && sameJSON(r, s):
		default:
			w.found = append(w.found, difference{at, parseAny(r), parseAny(s), marked})
		}
	}
}

// write makes the extension of a difference.
func (d *difference) write(x *fhir.Extension, url string) {
	x.URL = url + d.at
	if d.shown == nil && !d.unmapped && setValue(x, d.raw) {
		return
	}
	x.Extension = make([]fhir.Extension, 0, 2)
	if d.raw != nil {
		value := fhir.Extension{URL: keptValue}
		if !setValue(&value, d.raw) {
			value = fhir.Extension{URL: keptJSON, ValueString: jsonText(d.raw)}
		}
		x.Extension = append(x.Extension, value)
	}
	if d.shown != nil {
		x.Extension = append(x.Extension, fhir.Extension{URL: keptShown, ValueString: jsonText(d.shown)})
	}
	if d.unmapped {
		x.Extension = append(x.Extension, fhir.Extension{URL: fhir.OriginUnmapped, ValueBoolean: new(true)})
	}
}

// Restore decodes the record that the FHIR fields show into record, with what the extensions keep.
func (k Kind) Restore(shown any, extensions []fhir.Extension, record any) error {
	text, err := k.RestoreJSON(shown, extensions)
	if err != nil {
		return err
	}
	if err := wire.Unmarshal(text, record); err != nil {
		return err
	}
	caremux.KeepJSON(record, text)
	return nil
}

// RestoreJSON is Restore for a record inside another.
func (k Kind) RestoreJSON(shown any, extensions []fhir.Extension) (json.RawMessage, error) {
	text, err := wire.Marshal(shown)
	if err != nil {
		return nil, err
	}
	var whole object // nothing is decoded if nothing is kept
	before := k.url()
	for i := range extensions {
		path, ok := strings.CutPrefix(extensions[i].URL, before)
		if !ok {
			continue
		}
		steps := strings.Split(path, "/")
		for i, step := range steps {
			if name, err := url.PathUnescape(step); err == nil {
				steps[i] = name
			}
		}
		if whole == nil {
			whole = parse(text)
		}
		value, was := kept(&extensions[i])
		restore(whole, steps, value, was)
	}
	if whole == nil {
		return text, nil
	}
	return json.Marshal(whole)
}

// restore sets a value at a path, if the FHIR fields still show there what they showed.
func restore(in object, path []string, value, was any) {
	name := path[0]
	if len(path) > 1 {
		next, ok := in[name].(object)
		if !ok {
			return // the FHIR field that had the rest is gone
		}
		restore(next, path[1:], value, was)
		return
	}
	switch {
	case !equal(in[name], was):
	case value == nil:
		delete(in, name)
	default:
		in[name] = value
	}
}

// kept returns the vendor's value in an extension, and what the FHIR fields showed.
func kept(x *fhir.Extension) (value, shown any) {
	if len(x.Extension) == 0 {
		return valueOf(x), nil
	}
	for i := range x.Extension {
		switch inner := &x.Extension[i]; inner.URL {
		case keptValue:
			value = valueOf(inner)
		case keptJSON:
			value = decodeAny([]byte(inner.ValueString))
		case keptShown:
			shown = decodeAny([]byte(inner.ValueString))
		}
	}
	return value, shown
}

// merged returns an object with the names of both.
func merged(a, b object) object {
	all := maps.Clone(a)
	if all == nil {
		all = object{}
	}
	maps.Copy(all, b)
	return all
}

func equal(a, b any) bool { return reflect.DeepEqual(a, b) }

func jsonText(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return "null" // cannot be: it was decoded from JSON
	}
	return strings.TrimSuffix(b.String(), "\n")
}
