package transport

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/content"
	"github.com/caremux/caremux/internal/wire"
)

// A cursor is a place in a list that survives its process: base64url of a version, a kind, the list's identity, the
// position, and a check of all that. The check is against accidents, such as a column that is too short, which would
// make page 120 page 12; it is no signature. So a cursor can lead nowhere that the list itself could not: a link in it
// has neither scheme nor host, and must be below the client's own address.

// listID tells lists and their params apart.
type listID [8]byte

const (
	cursorVersion = 1
	cursorCheck   = 4
	// maxCursor is longer than any address or token that a server takes.
	maxCursor = 32 << 10
)

// The kinds of cursors, by what their position is.
const (
	cursorPage       = 'p' // the number of a page
	cursorPageBeyond = 'P' // of one that is likely to be behind the last
	cursorSkip       = 's' // a number of records to skip
	cursorSkipBeyond = 'S'
	cursorToken      = 't' // the vendor's token
	cursorLink       = 'l' // path and query below the client's address
	cursorStuck      = 'x' // more was announced, and not where
	cursorBroken     = 'b' // the link could not be followed
)

var errStartAt = &caremux.ArgumentError{Field: "StartAt", Rule: "is only for lists"}

// NotAList refuses [caremux.StartAt] for what reads a list to find something in it: behind a cursor it would miss what
// is before.
func NotAList(opts []caremux.RequestOption) error {
	cfg, err := caremux.NewCallConfig(opts)
	if err == nil && cfg.StartAt != nil {
		return errStartAt
	}
	return err
}

// identify computes the identity of a list from all that selects and orders its records. values are those of its first
// page, from which the parameters that change on the way are left out.
func (c *Client) identify(op *Operation, in Input, values url.Values, cfg *caremux.CallConfig) (id listID, err error) {
	h := sha256.New()
	writeTexts(h, c.settings.Vendor, c.settings.Account.Environment, op.Name)
	for _, name := range slices.Sorted(maps.Keys(c.settings.Fixed)) {
		writeTexts(h, name, c.settings.Fixed[name])
	}
	writeTexts(h, in.Path...)
	selecting := cloneValues(values)
	for name, added := range cfg.Query {
		selecting[name] = added
	}
	if op.Paging.PageParam != "" {
		selecting.Del(op.Paging.PageParam)
	}
	if op.Paging.TokenParam != "" {
		selecting.Del(op.Paging.TokenParam)
	}
	header := http.Header{}
	if err := wire.Header(in.Query, header); err != nil {
		return id, err
	}
	writeTexts(h, selecting.Encode(), url.Values(header).Encode())
	if c.settings.Subject != nil {
		writeTexts(h, c.settings.Subject(cfg.Header)...)
	}
	if in.Body.IsJSON() {
		body, err := in.Body.With(cfg.BodyFields).Encode(op.limits())
		if err != nil {
			return id, err
		}
		if err := hashBody(h, body); err != nil {
			return id, err
		}
	}
	copy(id[:], h.Sum(nil))
	return id, nil
}

// ListIdentity names a list of a client with its params, whatever the size of its pages, as a hash.
func ListIdentity(c *Client, op *Operation, in Input, opts []caremux.RequestOption) (string, error) {
	cfg, err := caremux.NewCallConfig(opts)
	if err != nil {
		return "", err
	}
	values, err := wire.Query(in.Query)
	if err != nil {
		return "", err
	}
	own := *cfg
	own.Query = cloneValues(cfg.Query)
	delete(values, op.Paging.SizeParam)
	delete(own.Query, op.Paging.SizeParam)
	id, err := c.identify(op, in, values, &own)
	return base64.RawURLEncoding.EncodeToString(id[:]), err
}

// paged reports whether a list has more than one page.
func (p *Paging) paged() bool { return p.PageParam != "" || p.TokenParam != "" || p.Link != nil }

// writeTexts writes how many texts there are, and each with its length, so that no other texts come to the same bytes.
func writeTexts(h hash.Hash, texts ...string) {
	b := binary.AppendUvarint(make([]byte, 0, 64), uint64(len(texts)))
	for _, text := range texts {
		b = append(binary.AppendUvarint(b, uint64(len(text))), text...)
	}
	h.Write(b)
}

func hashBody(h hash.Hash, body content.Payload) error {
	if body.Open == nil {
		return nil
	}
	r, err := body.Open(context.Background())
	if err == nil {
		_, err = io.Copy(h, r)
	}
	return err
}

// cursor is the text of a place in a list.
func (c *Client) cursor(p *Paging, list listID, at place) string {
	var kind byte
	var position string
	switch {
	case at.nobody == caremux.ErrCursorStuck:
		kind = cursorStuck
	case at.nobody != nil:
		kind = cursorBroken
	case at.url != nil:
		kind, position = cursorLink, strings.TrimPrefix(at.url.RequestURI(), c.base.EscapedPath())
	case p.TokenParam != "":
		kind, position = cursorToken, at.values.Get(p.TokenParam)
	default:
		kind, position = p.numberKind(at.beyond), at.values.Get(p.PageParam)
	}
	return encodeCursor(list, kind, position)
}

// numberKind is the kind of the cursors of a list by numbers.
func (p *Paging) numberKind(beyond bool) byte {
	switch {
	case p.Skip && beyond:
		return cursorSkipBeyond
	case p.Skip:
		return cursorSkip
	case beyond:
		return cursorPageBeyond
	}
	return cursorPage
}

func encodeCursor(list listID, kind byte, position string) string {
	b := make([]byte, 0, 2+len(list)+len(position)+cursorCheck)
	b = append(b, cursorVersion, kind)
	b = append(b, list[:]...)
	b = append(b, position...)
	sum := sha256.Sum256(b)
	return base64.RawURLEncoding.EncodeToString(append(b, sum[:cursorCheck]...))
}

// decodeCursor is the reverse of encodeCursor. ok is false if the cursor is not one, or not as it was.
func decodeCursor(cursor string) (list listID, kind byte, position string, ok bool) {
	if len(cursor) > maxCursor {
		return list, 0, "", false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(b) < 2+len(list)+cursorCheck || b[0] != cursorVersion {
		return list, 0, "", false
	}
	b, check := b[:len(b)-cursorCheck], b[len(b)-cursorCheck:]
	if sum := sha256.Sum256(b); !bytes.Equal(sum[:cursorCheck], check) {
		return list, 0, "", false
	}
	return listID(b[2:]), b[1], string(b[2+len(list):]), true
}

// resume returns the place that a cursor leads to in the list, otherwise the rule that the cursor breaks.
func (c *Client) resume(op *Operation, list listID, values url.Values, cursor string) (at place, rule string) {
	const other = "must be the cursor of a page of this list, with the same params"
	if !op.Paging.paged() {
		return at, "must be empty: the list has one page"
	}
	of, kind, position, ok := decodeCursor(cursor)
	switch {
	case !ok:
		return at, "must be the NextCursor of a page, unchanged"
	case of != list || !op.Paging.takes(kind):
		return at, other
	}
	switch kind {
	case cursorStuck:
		return place{nobody: caremux.ErrCursorStuck}, ""
	case cursorBroken:
		return place{nobody: caremux.ErrUnreadable, reason: "the link to the next page cannot be followed"}, ""
	case cursorLink:
		return c.resumeLink(op, position)
	case cursorToken:
		if position == "" {
			return at, other
		}
	default:
		if n, err := strconv.Atoi(position); err != nil || n < op.Paging.First || strconv.Itoa(n) != position {
			return at, other
		}
	}
	at.values = op.Paging.at(values, position)
	at.beyond = kind == cursorPageBeyond || kind == cursorSkipBeyond
	return at, ""
}

// takes reports whether the list can have cursors of the kind.
func (p *Paging) takes(kind byte) bool {
	switch kind {
	case cursorStuck:
		return true
	case cursorLink, cursorBroken:
		return p.Link != nil
	case cursorToken:
		return p.TokenParam != ""
	}
	return p.PageParam != "" && p.TokenParam == "" && (kind == p.numberKind(false) || kind == p.numberKind(true))
}

// resumeLink follows the link of a cursor, which is a path below the client's address with a query.
func (c *Client) resumeLink(op *Operation, link string) (at place, rule string) {
	if !strings.HasPrefix(link, "/") || strings.HasPrefix(link, "//") {
		return at, "must lead to the client's own address"
	}
	to, rule := c.below(strings.TrimSuffix(c.base.EscapedPath(), "/")+link, op.Paging.LinkRoot, c.base)
	if rule != "" {
		return at, "must be one of this list: it " + rule
	}
	return place{url: to}, ""
}

// MayBePosition reports whether what is behind a cursor shifts with every record that comes or goes before it: the
// number of a page or of records, or a token that looks like one.
func MayBePosition(cursor string) bool {
	const largest = 1_000_000 // times in seconds are above it
	_, kind, position, ok := decodeCursor(cursor)
	switch {
	case !ok:
		return false
	case kind != cursorToken:
		return kind != cursorLink
	}
	n, err := strconv.Atoi(position)
	return err == nil && n >= 0 && n <= largest
}
