package content

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"strings"
	"unicode"

	"github.com/caremux/caremux"
)

// encodeRaw sends a file as the whole body.
func encodeRaw(file caremux.File, mediaType string) (Payload, error) {
	if file.Content == nil {
		return Payload{}, &caremux.ArgumentError{Field: "body", Rule: "must have content"}
	}
	if err := checkFile("body", file); err != nil {
		return Payload{}, err
	}
	p := Payload{ContentType: cmp.Or(file.ContentType, mediaType), Files: newTurns()}
	part := partOf(file.Content)
	p.add(part)
	p.Open = func(ctx context.Context) (io.Reader, error) {
		return p.Files.reader(ctx, part.rewound) // not the content itself, which may have a Close
	}
	return p, nil
}

// checkFile refuses a content type that would end its line: mime/multipart writes a part's header as it is. Of a name
// it escapes line breaks and quotes; other control characters make the header unreadable.
func checkFile(field string, file caremux.File) error {
	unreadable := func(r rune) bool { return unicode.IsControl(r) && r != '\t' && r != '\r' && r != '\n' }
	if strings.ContainsFunc(file.Name, unreadable) {
		return &caremux.ArgumentError{Field: field, Rule: "must have a name without control characters"}
	}
	if strings.ContainsFunc(file.ContentType, unicode.IsControl) {
		return &caremux.ArgumentError{Field: field, Rule: "must have a content type without control characters"}
	}
	return nil
}

// part is a file with the frame text in front of it.
type part struct {
	head    []byte
	content io.Reader
	size    int64
	seeker  io.Seeker
	start   int64
}

// rewound is the content from where it began.
func (p part) rewound() (io.Reader, error) {
	if p.seeker == nil {
		return p.content, nil
	}
	_, err := p.seeker.Seek(p.start, io.SeekStart)
	return p.content, err
}

// partOf finds out how much content there is and whether it can be read again.
func partOf(content io.Reader) part {
	p := part{content: content, size: -1}
	if s, ok := content.(io.Seeker); ok {
		if at, err := s.Seek(0, io.SeekCurrent); err == nil {
			if end, err := s.Seek(0, io.SeekEnd); err == nil {
				p.seeker, p.start, p.size = s, at, end-at
			}
			_, _ = s.Seek(at, io.SeekStart)
		}
	} else if l, ok := content.(interface{ Len() int }); ok {
		p.size = int64(l.Len())
	}
	return p
}

// mayHang reports whether a read of the content may take for ever, as one of a pipe may, or of a file on another
// machine.
func (p part) mayHang() bool {
	switch p.content.(type) {
	case *bytes.Reader, *bytes.Buffer, *strings.Reader:
		return false
	}
	return true
}

// add counts a file into the payload.
func (p *Payload) add(file part) {
	if file.size < 0 || p.Size < 0 {
		p.Size = -1
	} else {
		p.Size += file.size
	}
	p.Once = p.Once || file.seeker == nil
	p.MayHang = p.MayHang || file.mayHang()
}
