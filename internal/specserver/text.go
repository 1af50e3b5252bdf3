package specserver

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
)

// propertyText is the plain text of a property.
func propertyText(name, nth string) string {
	if name == "" {
		name = "text"
	}
	return name + nth
}

// stringValue returns a string in the format, the pattern and the length that a schema requests.
func stringValue(schema *openapi3.Schema, name, nth string) string {
	plain := propertyText(name, nth)
	switch schema.Format {
	case "uuid":
		return uuid(plain)
	case "date-time":
		at := moment(plain)
		if schema.Extensions["x-go-type"] == "Date" {
			at = at.Truncate(24 * time.Hour)
		}
		return at.Format("2006-01-02T15:04:05.000Z")
	case "date":
		return moment(plain).Format(time.DateOnly)
	case "slash-date":
		return moment(plain).Format("02/01/2006")
	case "local-date-time":
		return moment(plain).Format("2006-01-02T15:04:05")
	case "time", "time-of-day":
		return moment(plain).Format(time.TimeOnly)
	case "byte":
		return base64.StdEncoding.EncodeToString([]byte(plain))
	case "email":
		return word(plain) + "@example.com"
	case "uri", "url":
		return "https://example.com/" + word(plain)
	}
	if schema.Pattern != "" {
		return patterned(schema, plain)
	}
	return fitted(schema, plain)
}

// word is a text in letters, digits and hyphens of ASCII.
func word(plain string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, plain)
}

func fitted(schema *openapi3.Schema, s string) string {
	if short := int(schema.MinLength) - utf8.RuneCountInString(s); short > 0 {
		s += strings.Repeat("x", short)
	}
	if most := schema.MaxLength; most != nil && utf8.RuneCountInString(s) > int(*most) {
		s = string([]rune(s)[:*most])
	}
	return s
}

// uuid returns a version 4 UUID that depends only on the seed.
func uuid(seed string) string {
	sum := sha256.Sum256([]byte(seed))
	b := sum[:16]
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// moment returns a time in the first months of 2024, to the millisecond, that depends only on the seed.
func moment(seed string) time.Time {
	ms := time.Duration(hash(seed)) * time.Millisecond // below 50 days
	return time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).Add(ms)
}

// patterned returns the plain text if the pattern takes it, else the shortest text that the pattern takes.
func patterned(schema *openapi3.Schema, plain string) string {
	pattern, err := regexp.Compile(schema.Pattern)
	if err != nil {
		return plain
	}
	if s := fitted(schema, plain); pattern.MatchString(s) {
		return s
	}
	tree, err := syntax.Parse(schema.Pattern, syntax.Perl)
	if err != nil {
		return plain
	}
	var b strings.Builder
	write(&b, tree.Simplify())
	return b.String()
}

// write appends the shortest text of a pattern, one round at least for what may be repeated.
func write(b *strings.Builder, re *syntax.Regexp) {
	switch re.Op {
	case syntax.OpLiteral:
		b.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		b.WriteRune(re.Rune[0])
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte('x')
	case syntax.OpCapture, syntax.OpPlus, syntax.OpStar, syntax.OpAlternate:
		write(b, re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			write(b, sub)
		}
	}
}
