package transport

import (
	"bytes"
	"mime"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/caremux/caremux/internal/scan"
)

// utf8Text returns a body as UTF-8, without a byte order mark. Another charset is decoded where the header names it or a
// mark shows it; text that is UTF-8 already is left alone, whatever its header says, as JSON has no other charset. Bytes
// without a charset stay as they are: the records that they are in report them.
func utf8Text(body []byte, contentType string) ([]byte, error) {
	var charset encoding.Encoding
	if utf8.Valid(body) && !strings.Contains(contentType, "16") { // the usual, without a look at the header's parts
		return scan.TrimBOM(body), nil
	}
	switch name := charsetOf(contentType); {
	case bytes.HasPrefix(body, []byte("\xff\xfe")), bytes.HasPrefix(body, []byte("\xfe\xff")):
		charset = unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	case strings.HasPrefix(name, "utf16"):
		charset = unicode.UTF16(endianness(name, body), unicode.UseBOM)
	case utf8.Valid(body):
		return scan.TrimBOM(body), nil
	case name == "" || name == "utf8" || name == "usascii":
		return scan.TrimBOM(body), nil
	default:
		if charset = singleByte(name); charset == nil {
			return nil, refused("the response is in a charset that the client does not know")
		}
	}
	text, err := charset.NewDecoder().Bytes(body)
	if err != nil {
		return nil, refused("the response is not in the charset that it names")
	}
	return scan.TrimBOM(text), nil
}

// charsetOf returns the charset parameter of a content type, without case and separators.
func charsetOf(contentType string) string {
	if !strings.Contains(contentType, "=") {
		return ""
	}
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return ""
	}
	return charsetName(params["charset"])
}

func charsetName(name string) string {
	return strings.NewReplacer("-", "", "_", "", " ", "", ":", "").Replace(strings.ToLower(name))
}

// endianness is what the name says, or otherwise where the zero bytes of the first character are: JSON begins with ASCII.
func endianness(name string, body []byte) unicode.Endianness {
	if strings.HasSuffix(name, "le") || !strings.HasSuffix(name, "be") && len(body) > 1 && body[1] == 0 {
		return unicode.LittleEndian
	}
	return unicode.BigEndian
}

// singleByte returns one of the charsets of a byte a character.
func singleByte(name string) encoding.Encoding {
	switch name {
	case "latin1", "l1", "iso88591": // decoded as its superset, as browsers do
		name = "windows1252"
	case "cp1252":
		name = "windows1252"
	}
	for _, e := range charmap.All {
		if m, ok := e.(*charmap.Charmap); ok && charsetName(m.String()) == name {
			return m
		}
	}
	return nil
}
