package clinik_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/fhir"
)

const mark = "\ufeff"

func zipped(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// idsOf reads NDJSON of patients until it ends or fails.
func idsOf(r io.Reader) (ids string, err error) {
	for p, e := range clinik.ReadNDJSON[fhir.Patient](r) {
		if err = e; err == nil {
			ids += p.ID
		}
	}
	return ids, err
}

const threePatients = `{"resourceType":"Patient","id":"1"}` +
	"\n" + `{"resourceType":"Patient","id":"2"}` + "\r\n\r\n \t\n" + `{"resourceType":"Patient","id":"3"}`

func TestNDJSONIsReadInWhateverWrapping(t *testing.T) {
	for name, text := range map[string]string{
		"plain":                     threePatients,
		"end of line at the end":    threePatients + "\n",
		"blank lines in front":      "\r\n\n" + threePatients,
		"byte order mark":           mark + threePatients,
		"gzip":                      zipped(t, threePatients),
		"gzip of a byte order mark": zipped(t, mark+threePatients),
		"gzip twice":                zipped(t, zipped(t, threePatients)),
		"gzip in two members":       zipped(t, threePatients[:40]) + zipped(t, threePatients[40:]),
	} {
		for kind, r := range map[string]io.Reader{"whole": strings.NewReader(text),
			"byte by byte":      iotest.OneByteReader(strings.NewReader(text)),
			"end with the data": iotest.DataErrReader(strings.NewReader(text))} {
			if ids, err := idsOf(r); ids != "123" || err != nil {
				t.Errorf("%s, %s: got %q, %v", name, kind, ids, err)
			}
		}
	}
	for _, text := range []string{"", "\n", mark, mark + "\n", zipped(t, "")} {
		if ids, err := idsOf(strings.NewReader(text)); ids != "" || err != nil {
			t.Errorf("%q: got %q, %v", text, ids, err)
		}
	}
}

func TestErrorsOfNDJSONNameLineAndRecord(t *testing.T) {
	broken := errors.New("disk on fire")
	z := zipped(t, threePatients)
	for name, tt := range map[string]struct {
		r            io.Reader
		ids          string
		line, record int
		text         string
		is           error
	}{
		"no JSON": {strings.NewReader(threePatients + "\n\nS3CRET\n"), "123", 7, 4,
			"is not the documented JSON", caremux.ErrUnreadable},
		"cut off": {strings.NewReader(threePatients[:20]), "", 1, 1, "is not the documented JSON",
			caremux.ErrUnreadable},
		"a second byte mark": {strings.NewReader(mark + mark + threePatients), "", 1, 1,
			"begins with a byte order mark", caremux.ErrUnreadable},
		"a mark further on": {strings.NewReader(`{"resourceType":"Patient","id":"1"}` + "\n" + mark + "{}"), "1", 2,
			2, "begins with a byte order mark", caremux.ErrUnreadable},
		"too long": {strings.NewReader(threePatients + "\n" + `{"a":"` + strings.Repeat("x",
			17<<20) + `"}`), "123", 6, 4, "is too long", caremux.ErrUnreadable},
		"reader fails in a line": {io.MultiReader(strings.NewReader(threePatients[:60]), iotest.ErrReader(broken)),
			"1", 2, 2,
			"could not be read: disk on fire", broken},
		"reader fails behind a line": {io.MultiReader(strings.NewReader(threePatients+"\n"),
			iotest.ErrReader(broken)), "123", 6, 4,
			"could not be read: disk on fire", broken},
		"reader fails at once": {iotest.ErrReader(broken), "", 1, 1, "could not be read: disk on fire", broken},
		"reader fails in gzip": {io.MultiReader(strings.NewReader(z[:12]), iotest.ErrReader(broken)), "", 1, 1,
			"could not be read: disk on fire", broken},
		"gzip cut off": {strings.NewReader(z[:len(z)-9]), "123", 5, 3, "cannot be decompressed",
			caremux.ErrUnreadable},
		"gzip of another sum": {strings.NewReader(z[:len(z)-8] + "\x00\x00\x00\x00" + z[len(z)-4:]), "123", 5, 3,
			"cannot be decompressed", caremux.ErrUnreadable},
		"gzip without an end": {strings.NewReader("\x1f\x8b"), "", 1, 1, "cannot be decompressed",
			caremux.ErrUnreadable},
	} {
		t.Run(name, func(t *testing.T) {
			ids, err := idsOf(tt.r)
			var e *clinik.NDJSONError
			if !errors.As(err, &e) || e.Line != tt.line || e.Record != tt.record || !strings.HasSuffix(e.Error(),
				tt.text) || !errors.Is(err, tt.is) {
				t.Errorf("got %#v: %v", e, err)
			}
			if ids != tt.ids && !strings.HasPrefix(tt.ids, ids) {
				t.Errorf("read %q, want %q", ids, tt.ids)
			}
			if tt.is == broken && errors.Is(err, caremux.ErrUnreadable) {
				t.Error("an error of the reader is told as one of the content")
			}
		})
	}
}

type ownPatient struct {
	fhir.Patient

	Ward string `json:"ward"`
}

type ownRow struct {
	ID string `json:"id"`
}

type ownResource struct {
	Type string `json:"resourceType"`
	ID   string `json:"id"`
}

type itself struct{ text string }

func (i *itself) UnmarshalJSON(data []byte) error { i.text = string(data); return nil }

type named struct {
	ID string `json:"id"`
}

func (*named) ResourceType() string { return "Practitioner" }

// reader has a codec of its own, as the types of package fhir.
type reader struct{ text string }

func (*reader) ResourceType() string              { return "Patient" }
func (r *reader) UnmarshalJSON(data []byte) error { r.text = string(data); return nil }

// taken reports whether a line becomes a T, and the type that the error names.
func taken[T any](line string) (ok bool, found string, err error) {
	for _, err = range clinik.ReadNDJSON[T](strings.NewReader(line)) {
		var e *clinik.NDJSONError
		if errors.As(err, &e) {
			found = e.Type
		}
	}
	return err == nil, found, err
}

func TestRecordsAreOfTheTypeThatIsRead(t *testing.T) {
	const (
		patient     = `{"resourceType":"Patient","id":"1"}`
		observation = `{"id":"2","resourceType":"Observation"}`
		outcome     = `{"resourceType":"OperationOutcome","issue":[{"severity":"error"}]}`
		flat        = `{"id":"1","firstName":"Jane"}`
		envelope    = `{"data":{"id":"1"},"meta":{}}`
		failure     = `{"error":"x","code":"NOT_FOUND"}`
		odd         = `{"resourceType":7,"id":"1"}`
		secret      = `{"resourceType":"S3CRET 12","id":"1"}`
		practising  = `{"resourceType":"Practitioner","id":"1"}`
	)
	lines := []string{patient, observation, outcome, flat, envelope, failure, odd, secret, practising}
	for name, tt := range map[string]struct {
		try  func(string) (bool, string, error)
		want string // one letter for each of the lines: y or n
	}{
		"resource":              {taken[fhir.Patient], "ynnnnnnnn"},
		"pointer to a resource": {taken[*fhir.Patient], "ynnnnnnnn"},
		"around a resource":     {taken[ownPatient], "ynnnnnnnn"},
		"that names its type":   {taken[named], "nnnnnnnny"},
		"with its own codec":    {taken[reader], "ynnnnnnnn"},
		"pointer to such":       {taken[*reader], "ynnnnnnnn"},
		"flat":                  {taken[clinik.Patient], "nnnynnynn"},
		"any resource":          {taken[clinik.FHIRResource], "yyyynnyyy"},
		"own row":               {taken[ownRow], "yynynnyyy"},
		"own resource":          {taken[ownResource], "yyyynnnyy"},
		"map":                   {taken[map[string]any], "yyyyyyyyy"},
		"raw":                   {taken[json.RawMessage], "yyyyyyyyy"},
		"any":                   {taken[any], "yyyyyyyyy"},
		"that reads itself":     {taken[itself], "yyyyyyyyy"},
	} {
		for i, line := range lines {
			ok, found, err := tt.try(line)
			if want := tt.want[i] == 'y'; ok != want {
				t.Errorf("%s of %s: %v", name, line, err)
			}
			if err != nil && (!errors.Is(err, caremux.ErrUnreadable) || strings.Contains(err.Error(), "S3CRET") ||
				strings.Contains(found, "S3CRET")) {
				t.Errorf("%s of %s: %v (%q)", name, line, err, found)
			}
		}
	}
	if _, found, err := taken[fhir.Patient](observation); found != "Observation" ||
		err.Error() != "line 1 (record 1) is a resource of type Observation, not Patient" {
		t.Errorf("got %q, %v", found, err)
	}
	if _, _, err := taken[clinik.Patient](patient); !errors.Is(err, clinik.ErrFHIRShape) {
		t.Errorf("got %v", err)
	}
}
