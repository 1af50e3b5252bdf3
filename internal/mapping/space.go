// Package mapping is what the vendors' FHIR mappings share: ids and identifiers, what FHIR has no place for, tables of
// codes, and lists in the order of time.
package mapping

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/fhir"
)

// Space is where the ids of a vendor's tenant are unique.
type Space struct {
	Vendor string // such as welkin
	URL    string // begins the systems of its identifiers, without a slash at the end
	Prefix string // begins the ids of its resources
}

// Name returns the name of the source that reads the space.
func (s Space) Name() string { return strings.TrimRight(s.Prefix, "-") }

// maxID is the length of FHIR's ids.
const maxID = 64

// ID returns the id of the resource for a record. FHIR's ids have letters, digits, dashes and dots: other bytes are
// written as a dot and two hexadecimal digits. What is too long is replaced by a digest, which [Space.Record] cannot
// lead back from.
func (s Space) ID(id string) string {
	if id == "" {
		return ""
	}
	var b strings.Builder
	b.WriteString(s.Prefix)
	for i := range len(id) {
		if c := id[i]; plain(c) {
			b.WriteByte(c)
		} else {
			b.WriteString("." + strings.ToUpper(hex.EncodeToString([]byte{c})))
		}
	}
	if b.Len() <= maxID {
		return b.String()
	}
	digest := sha256.Sum256([]byte(id))
	return s.Prefix + ".." + hex.EncodeToString(digest[:16])
}

func plain(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-'
}

// Record returns the record's id for the id of a resource of this space, false for others.
func (s Space) Record(id string) (string, bool) {
	rest, ok := strings.CutPrefix(id, s.Prefix)
	if !ok || rest == "" {
		return "", false
	}
	var b strings.Builder
	for i := 0; i < len(rest); i++ {
		switch c := rest[i]; {
		case plain(c):
			b.WriteByte(c)
		case c == '.' && i+2 < len(rest):
			decoded, err := hex.DecodeString(rest[i+1 : i+3])
			if err != nil {
				return "", false
			}
			b.Write(decoded)
			i += 2
		default:
			return "", false
		}
	}
	return b.String(), s.ID(b.String()) == id
}

// Own returns the records' ids of those ids of resources that are of this space.
func (s Space) Own(ids []string) []string {
	var own []string
	for _, id := range ids {
		if record, ok := s.Record(id); ok {
			own = append(own, record)
		}
	}
	return own
}

// System returns the system of the identifiers of a kind of record.
func (s Space) System(kind string) string { return s.URL + "/" + kind }

// Identifier returns the identifier of a record.
func (s Space) Identifier(kind, id string) fhir.Identifier {
	return fhir.Identifier{System: s.System(kind), Value: id}
}

// IdentifierOf returns the value of an identifier of the kind in the list, empty if there is none.
func (s Space) IdentifierOf(list []fhir.Identifier, kind string) string {
	for _, i := range list {
		if i.System == s.System(kind) {
			return i.Value
		}
	}
	return ""
}

// Meta returns where the resource is from, and when it was changed.
func (s Space) Meta(kind, id string, changed caremux.Time) *fhir.Meta {
	m := &fhir.Meta{Source: s.System(kind)}
	if id != "" {
		m.Source += "/" + url.PathEscape(id)
	}
	if changed.Known() && changed.Zoned() {
		m.LastUpdated = Instant(changed)
	}
	return m
}

// Reference returns a reference to the resource of a record, nil without an id.
func (s Space) Reference(resourceType, kind, id, display string) *fhir.Reference {
	if id == "" {
		if display == "" {
			return nil
		}
		return &fhir.Reference{Type: resourceType, Display: display}
	}
	i := s.Identifier(kind, id)
	return &fhir.Reference{Reference: resourceType + "/" + s.ID(id), Type: resourceType, Identifier: &i, Display: display}
}

// Referred returns the id of the record that a reference leads to, false if it leads elsewhere.
func (s Space) Referred(r *fhir.Reference, resourceType, kind string) (string, bool) {
	if r == nil {
		return "", false
	}
	if r.Identifier != nil && r.Identifier.System == s.System(kind) && r.Identifier.Value != "" {
		id := r.Identifier.Value
		return id, r.Reference == "" || r.Reference == resourceType+"/"+s.ID(id)
	}
	if id, ok := strings.CutPrefix(r.Reference, resourceType+"/"); ok {
		return s.Record(id)
	}
	return "", false
}
