package clinik_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/internal/importlimit"
)

// unseekable hides that a reader could be read again.
type unseekable struct{ io.Reader }

// importer takes imports, and keeps the data of each.
func importer(t *testing.T, answer func(w http.ResponseWriter, n int)) (*clinik.Client, func() []string) {
	t.Helper()
	s := listen(t, func(w http.ResponseWriter, r *http.Request, n int) {
		if answer != nil {
			answer(w, n)
			return
		}
		answerJSON(w, 202, `{"data":{"jobId":"job_1","status":"pending"}}`)
	})
	return s.client(t), func() (data []string) {
		for _, r := range s.requests() {
			var body clinik.BulkImportRequest
			if err := json.Unmarshal([]byte(r.body), &body); err != nil || body.ResourceType != "Patient" ||
				r.header.Get("Content-Length") != strconv.Itoa(len(r.body)) ||
				r.header.Get("Content-Type") != "application/json" {
				t.Errorf("%d bytes with header %v: %v", len(r.body), r.header, err)
			}
			data = append(data, body.Data)
		}
		return data
	}
}

func TestImportIsSentWithoutItsWrapping(t *testing.T) {
	const want = `{"a":"<\"é\\n\u2028\u2029>","b":	1}` + "\n" + `{"c":[{}]}` + "\n"
	in := "\r\n\n" + strings.ReplaceAll(want, "\n", "\r\n\r\n")
	for name, text := range map[string]string{"plain": in, "byte order mark": mark + in, "gzip": zipped(t, mark+in),
		"no end of line": strings.TrimRight(in, "\r\n")} {
		path := filepath.Join(t.TempDir(), "in.ndjson")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		behind := strings.NewReader("not this" + text)
		_, _ = behind.Seek(8, io.SeekStart)
		for kind, r := range map[string]io.Reader{"file": file, "text": strings.NewReader(text),
			"from where it stands": behind,
			"reader":               unseekable{strings.NewReader(text)},
			"byte by byte":         iotest.OneByteReader(strings.NewReader(text))} {
			c, sent := importer(t, nil)
			started, err := c.Bulk.ImportFrom(t.Context(), "Patient", r)
			if err != nil || started.JobID != "job_1" {
				t.Errorf("%s, %s: %v", name, kind, err)
			}
			if got := sent(); len(got) != 1 || got[0] != want {
				t.Errorf("%s, %s: sent %q", name, kind, got)
			}
		}
	}
}

// TestImportIsSentAgainFromItsBeginning refuses imports, which the client may repeat.
func TestImportIsSentAgainFromItsBeginning(t *testing.T) {
	text := strings.Repeat(`{"a":"`+strings.Repeat(`"x`, 0)+strings.Repeat("x", 70_000)+`"}`+"\n", 3)
	for name, r := range map[string]io.Reader{"read again": strings.NewReader(text),
		"kept": unseekable{strings.NewReader(text)}} {
		c, sent := importer(t, func(w http.ResponseWriter, n int) {
			if n < 3 {
				w.Header().Set("Retry-After", "0")
				answerJSON(w, 429, `{"code":"RATE_LIMITED"}`)
				return
			}
			answerJSON(w, 202, `{"data":{"jobId":"job_1"}}`)
		})
		if _, err := c.Bulk.ImportFrom(t.Context(), "Patient", r); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := sent(); len(got) != 3 || got[0] != text || got[1] != text || got[2] != text {
			t.Errorf("%s: sent %d times, not all the same", name, len(got))
		}
	}
}

func TestImportOfALostResponseIsNotSentAgain(t *testing.T) {
	c, sent := importer(t, func(w http.ResponseWriter, _ int) { hangUp(w, "", true) })
	_, err := c.Bulk.ImportFrom(t.Context(), "Patient", strings.NewReader("{}\n"))
	var e *caremux.Error
	if !errors.As(err, &e) || !e.MaybeApplied() || len(sent()) != 1 {
		t.Errorf("sent %d times: %v", len(sent()), err)
	}
	records := slices.Values([]int{1})
	for name, try := range map[string]func() (*clinik.BulkJobStarted, error){
		"reader": func() (*clinik.BulkJobStarted, error) {
			return c.Bulk.ImportFrom(t.Context(), "Patient", strings.NewReader("{}\n"), caremux.WithIdempotent())
		},
		"values": func() (*clinik.BulkJobStarted, error) {
			return clinik.ImportRecords(t.Context(), c, "Patient", records, caremux.WithIdempotent())
		},
		"no type": func() (*clinik.BulkJobStarted, error) {
			return c.Bulk.ImportFrom(t.Context(), "", strings.NewReader("{}\n"))
		},
		"no values": func() (*clinik.BulkJobStarted, error) {
			return clinik.ImportRecords[int](t.Context(), c, "Patient", nil)
		},
	} {
		if _, err := try(); !errors.Is(err, caremux.ErrInvalid) || len(sent()) != 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// lined are two records of which all together have a number of characters, ends of lines included.
func lined(characters int, fill string) string {
	const frame = len(`{"a":""}`) + len("\n")
	first := characters / 2
	return `{"a":"` + strings.Repeat(fill, first-frame) + `"}` + "\n" + `{"a":"` + strings.Repeat(fill,
		characters-first-frame) + `"}` + "\n"
}

func TestImportOfAllThatTheLimitsAllowIsSent(t *testing.T) {
	const limit = 1000
	defer importlimit.Lower(limit)()
	for name, tt := range map[string]struct {
		text string
		ok   bool
	}{
		"most characters":                            {lined(limit, `x`), true},
		"the last end of line beyond":                {lined(limit+1, `x`), true}, // which is not sent then
		"one character more":                         {lined(limit+2, `x`), false},
		"quotes, twice as long as JSON":              {`{"a":[` + strings.Repeat(`"",`, limit/3-10) + `""]}`, true},
		"characters of two bytes":                    {lined(limit, "é"), true},
		"characters of two bytes, end beyond":        {lined(limit+1, "é"), true},
		"characters of two bytes, one more":          {lined(limit+2, "é"), false},
		"blank lines, which do not count":            {strings.Repeat("\n", 3*limit) + lined(limit, `x`), true},
		"one line that is too long for any export":   {`{"a":"` + strings.Repeat("x", limit-10) + `"}`, true},
		"a line of more characters than are allowed": {`{"a":"` + strings.Repeat("x", limit) + `"}`, false},
	} {
		for kind, r := range map[string]io.Reader{"read again": strings.NewReader(tt.text),
			"kept": unseekable{strings.NewReader(tt.text)}} {
			c, sent := importer(t, nil)
			_, err := c.Bulk.ImportFrom(t.Context(), "Patient", r)
			got := strings.Join(sent(), "|")
			if (err == nil) != tt.ok || tt.ok && strings.TrimSpace(got) != strings.TrimSpace(tt.text) || !tt.ok &&
				got != "" || utf8.RuneCountInString(got) > limit {
				t.Errorf("%s, %s: sent %d bytes of %d: %v", name, kind, len(got), len(tt.text), err)
			}
			if err != nil && !errors.Is(err, caremux.ErrInvalid) {
				t.Error(err)
			}
		}
	}
}

// repeated is a file of one line, many times, that needs no memory.
type repeated struct {
	line  string
	times int64
	at    int64
}

func (r *repeated) size() int64 { return int64(len(r.line)) * r.times }

func (r *repeated) Read(p []byte) (int, error) {
	if r.at == r.size() {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), r.size()-r.at)]
	for n := 0; n < len(p); {
		n += copy(p[n:], r.line[(r.at+int64(n))%int64(len(r.line)):])
	}
	r.at += int64(len(p))
	return len(p), nil
}

func (r *repeated) Seek(offset int64, whence int) (int64, error) {
	r.at = map[int]int64{io.SeekStart: 0, io.SeekCurrent: r.at, io.SeekEnd: r.size()}[whence] + offset
	return r.at, nil
}

// TestLargestImportCostsLittleMemory sends 10,000 records with 104,857,600 characters, most of them quotes.
func TestLargestImportCostsLittleMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("it computes for long in one goroutine")
	}
	line := `{"a":[` + strings.Repeat(`"",`, clinik.MaxImportSize/clinik.MaxImportRecords/3-4) + `""]}` + "\n"
	file := &repeated{line: line, times: clinik.MaxImportRecords}
	var sent, announced int64
	drain := roundTripper(func(r *http.Request) (*http.Response, error) {
		sent, _ = io.Copy(io.Discard, r.Body)
		announced = r.ContentLength
		return reply(202, `{"data":{"jobId":"job_1"}}`), nil
	})
	c, err := clinik.New(testKey, caremux.WithTransport(drain))
	if err != nil {
		t.Fatal(err)
	}
	before := allocated()
	if _, err := c.Bulk.ImportFrom(t.Context(), "Patient", file); err != nil {
		t.Fatal(err)
	}
	used := allocated() - before
	if t.Logf("%d bytes of NDJSON, %d sent, %d KiB allocated", file.size(), sent, used>>10); used > 4<<20 ||
		sent != announced || sent < 3*file.size()/2 {
		t.Errorf("sent %d of %d bytes, %d KiB allocated", sent, announced, used>>10)
	}
}

func TestImportOfAReaderIsInMemoryOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("it computes for long in one goroutine")
	}
	drain := roundTripper(func(r *http.Request) (*http.Response, error) {
		_, _ = io.Copy(io.Discard, r.Body)
		return reply(202, `{"data":{"jobId":"job_1"}}`), nil
	})
	c, err := clinik.New(testKey, caremux.WithTransport(drain))
	if err != nil {
		t.Fatal(err)
	}
	file := &repeated{line: `{"a":"` + strings.Repeat("x", 20_000) + `"}` + "\n", times: 1000}
	before := allocated()
	if _, err := c.Bulk.ImportFrom(t.Context(), "Patient", unseekable{file}); err != nil {
		t.Fatal(err)
	}
	if used := allocated() - before; used > file.size()+4<<20 {
		t.Errorf("%d KiB were allocated for %d KiB", used>>10, file.size()>>10)
	}
}

func allocated() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.TotalAlloc)
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// changing is a file that has other content the second time.
type changing struct {
	*strings.Reader
	after string
	times int
}

func (c *changing) Seek(offset int64, whence int) (int64, error) {
	if c.times++; c.times > 1 {
		c.Reader = strings.NewReader(c.after)
	}
	return c.Reader.Seek(offset, whence)
}

func TestImportOfWhatChangesIsNotComplete(t *testing.T) {
	const before = `{"a":1}` + "\n" + `{"b":2}` + "\n"
	for name, after := range map[string]string{
		"another value": `{"a":1}` + "\n" + `{"b":3}` + "\n", "longer": before + "{}\n",
		"much longer": strings.Repeat(before, 10_000), "shorter": `{"a":1}` + "\n",
		"gone": "", "another order": `{"b":2}` + "\n" + `{"a":1}` + "\n", "other lines": `{"a":1}{"b":2}` + "\n",
	} {
		var got []byte
		cut := roundTripper(func(r *http.Request) (*http.Response, error) {
			var err error
			if got, err = io.ReadAll(r.Body); err != nil {
				return nil, err
			}
			return reply(202, `{"data":{"jobId":"job_1"}}`), nil
		})
		c, err := clinik.New(testKey, caremux.WithTransport(cut))
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Bulk.ImportFrom(t.Context(), "Patient", &changing{Reader: strings.NewReader(before), after: after})
		var e *caremux.Error
		if !errors.Is(err, clinik.ErrImportChanged) || !errors.As(err, &e) || json.Valid(got) {
			t.Errorf("%s: sent %s: %v", name, got[:min(len(got), 100)], err)
		}
	}
}

// bad panics, or hangs, from the second time on that it is read.
type bad struct {
	*strings.Reader
	seeks int
	read  func() (int, error)
}

func (b *bad) Seek(offset int64, whence int) (int64, error) {
	b.seeks++
	return b.Reader.Seek(offset, whence)
}

func (b *bad) Read(p []byte) (int, error) {
	if b.seeks > 1 {
		return b.read()
	}
	return b.Reader.Read(p)
}

func TestPanicOfTheReaderReachesTheCaller(t *testing.T) {
	s := listen(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		answerJSON(w, 202,
			`{"data":{"jobId":"job_1"}}`)
	})
	defer func() {
		v := recover()
		if e, ok := v.(*caremux.PanicError); !ok || e.Value != "reader bug" {
			t.Errorf("recovered %v", v)
		}
		for _, r := range s.requests() {
			if json.Valid([]byte(r.body)) {
				t.Errorf("sent %s", r.body)
			}
		}
	}()
	_, err := s.client(t).Bulk.ImportFrom(t.Context(), "Patient", &bad{Reader: strings.NewReader("{}\n"),
		read: func() (int, error) { panic("reader bug") }})
	t.Errorf("no panic: %v", err)
}

func TestReaderThatHangsHoldsItsOwnCall(t *testing.T) {
	c, _ := importer(t, nil)
	hang := make(chan struct{})
	defer close(hang)
	_, err := c.Bulk.ImportFrom(t.Context(), "Patient", &bad{Reader: strings.NewReader("{}\n"), read: func() (int,
		error) {
		<-hang
		return 0, io.EOF
	}},
		caremux.WithCallTimeout(50*time.Millisecond))
	if e := new(caremux.Error); !errors.As(err, &e) {
		t.Errorf("got %v", err)
	}
	if _, err := c.Bulk.ImportFrom(t.Context(), "Patient", strings.NewReader("{}\n")); err != nil {
		t.Errorf("the next call: %v", err)
	}
}

// jobWith is a vendor whose job has these errors.
func jobWith(t *testing.T, list []string) *clinik.Client {
	data, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	const job = `{"data":{"jobId":"job_1","id":"job_1","type":"import","status":"completed","errors":%s}}`
	return always(200, fmt.Sprintf(job, data)).client(t)
}

func TestErrorsOfAnImportNameTheLinesOfTheFile(t *testing.T) {
	const file = mark + "\n{\"n\":1}\n{\"n\":2}\r\n\r\n\r\n{\"n\":3}\n \n{\"n\":4}" // on lines 2, 3, 6 and 8
	vendors := []string{"line 1: firstName", "Line 2", "row 3: line 1", "Error on line 4: x",
		"error at record #2: \"line 3\"", "line 99999999999999999999", "line 0",
		"skipped: line 2", "line", "", "line 20000: x", "linear 2", "record 5 is beyond"}
	want := []string{"line 2: firstName", "Line 3", "row 6: line 1", "Error on line 8: x",
		"error at record #3: \"line 3\"", "line 99999999999999999999", "line 0",
		"skipped: line 2", "line", "", "line 20000: x", "linear 2", "record 9 is beyond"}
	c := jobWith(t, vendors)
	started, err := c.Bulk.ImportFrom(t.Context(), "Patient", strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	var progress []string
	wait := &clinik.BulkWait{Progress: func(j *clinik.BulkJob) { progress = j.Errors }}
	job, err := c.Bulk.Wait(t.Context(), started.JobID, wait)
	if err != nil || !slices.Equal(job.Errors, want) || !slices.Equal(progress, want) ||
		!bytes.Contains(job.RawJSON(), []byte("line 1: firstName")) {
		t.Errorf("%v: got\n%q\nwant\n%q", err, job.Errors, want)
	}
	// In another process.
	for range 2 {
		again, err := jobWith(t, vendors).Bulk.WaitImport(t.Context(), "job_1", strings.NewReader(file), nil)
		if err != nil || !slices.Equal(again.Errors, want) {
			t.Errorf("%v: got %q", err, again.Errors)
		}
	}
	if _, err := c.Bulk.WaitImport(t.Context(), "job_1", nil, nil); !errors.Is(err, caremux.ErrNotSent) {
		t.Errorf("without a file: got %v", err)
	}
	broken := errors.New("disk on fire")
	if _, err := jobWith(t, vendors).Bulk.WaitImport(t.Context(), "job_1", iotest.ErrReader(broken), nil); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if _, err := jobWith(t, nil).Bulk.WaitImport(t.Context(), "job_1", iotest.ErrReader(broken), nil); err != nil {
		t.Errorf("the file was read although there are no errors: %v", err)
	}
	// Of a file without blank lines, and of another client's job, nothing is changed.
	c = jobWith(t, vendors)
	if _, err := c.Bulk.ImportFrom(t.Context(), "Patient", strings.NewReader("{}\n{}\n")); err != nil {
		t.Fatal(err)
	}
	if job, err := c.Bulk.Wait(t.Context(), "job_1", nil); err != nil || !slices.Equal(job.Errors, vendors) {
		t.Errorf("got %q, %v", job.Errors, err)
	}
}

func TestClientRemembersTheImportsOfLate(t *testing.T) {
	var n atomic.Int64
	nw := &network{answer: func(r *http.Request, _ int) (*http.Response, error) {
		if r.Method == "POST" {
			return reply(202, fmt.Sprintf(`{"data":{"jobId":"job_%d"}}`, n.Add(1))), nil
		}
		return reply(200, `{"data":{"status":"completed","errors":["line 1"]}}`), nil
	}}
	c := nw.client(t)
	var all sync.WaitGroup
	for range 70 {
		all.Go(func() {
			if _, err := c.Bulk.ImportFrom(t.Context(), "Patient", strings.NewReader("\n{}")); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	known := 0
	for i := range 70 {
		job, err := c.Bulk.Wait(t.Context(), fmt.Sprintf("job_%d", i+1), nil)
		if err != nil {
			t.Fatal(err)
		}
		if job.Errors[0] == "line 2" {
			known++
		}
	}
	if known != 64 {
		t.Errorf("%d jobs are known", known)
	}
}

func TestImportRecordsTakesAnIteratorThatRunsOnce(t *testing.T) {
	c, sent := importer(t, nil)
	once := func() iter.Seq[map[string]int] {
		used := false
		return func(yield func(map[string]int) bool) {
			if used {
				t.Error("the iterator ran twice")
			}
			used = true
			for i := range 3 {
				if !yield(map[string]int{"n": i}) {
					return
				}
			}
		}
	}
	if _, err := clinik.ImportRecords(t.Context(), c, "Patient", once()); err != nil {
		t.Fatal(err)
	}
	if got := sent(); len(got) != 1 || got[0] != "{\"n\":0}\n{\"n\":1}\n{\"n\":2}\n" {
		t.Errorf("sent %q", got)
	}
	own := slices.Values([]json.RawMessage{json.RawMessage("{\n \"n\": 3\n}\n")})
	if _, err := clinik.ImportRecords(t.Context(), c, "Patient", own); err != nil {
		t.Fatal(err)
	}
	if got := sent(); len(got) != 2 || strings.Count(got[1], "\n") != 1 {
		t.Errorf("sent %q", got)
	}
	endless := func(yield func(map[string]int) bool) {
		for yield(map[string]int{}) {
		}
	}
	for name, try := range map[string]func() error{
		"no end": func() error { _, err := clinik.ImportRecords(t.Context(), c, "Patient", endless); return err },
		"no value": func() error {
			_, err := clinik.ImportRecords(t.Context(), c, "Patient", slices.Values([]int{}))
			return err
		},
		"no object": func() error {
			_, err := clinik.ImportRecords(t.Context(), c, "Patient", slices.Values([]int{1}))
			return err
		},
	} {
		if err := try(); !errors.Is(err, caremux.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzImport imports any content: it is sent whole, as its lines say, or refused, whichever way it is read.
func FuzzImport(f *testing.F) {
	for _, seed := range []string{"{}\n\n{\"a\":\"\\\"\"}\r\n", mark + "{}\t", "{\"a\":\t1}\r{}", "{\n}", "{}{}", "5",
		"\x1f\x8b", zipped(f, "{}\n"), "{\"a\":\"\xff\"}", "\n\n", "{\"é\":\"\u2028\"}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var bodies []string
		keep := roundTripper(func(r *http.Request) (*http.Response, error) {
			body, err := io.ReadAll(r.Body)
			if err != nil || int64(len(body)) != r.ContentLength {
				t.Errorf("%d bytes were announced, and %d sent (%v)", r.ContentLength, len(body), err)
			}
			var request clinik.BulkImportRequest
			if err := json.Unmarshal(body, &request); err != nil || request.ResourceType != "Patient" {
				t.Errorf("sent %s: %v", body, err)
			}
			bodies = append(bodies, request.Data)
			return reply(202, `{"data":{"jobId":"job_1"}}`), nil
		})
		c, err := clinik.New(testKey, caremux.WithTransport(keep))
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Bulk.ImportFrom(t.Context(), "Patient", bytes.NewReader(data))
		_, errOther := c.Bulk.ImportFrom(t.Context(), "Patient", unseekable{bytes.NewReader(data)})
		if (err == nil) != (errOther == nil) || err != nil && (!errors.Is(err, caremux.ErrInvalid) ||
			err.Error() != errOther.Error()) {
			t.Fatalf("got %v and %v", err, errOther)
		}
		if err != nil || bytes.HasPrefix(data, []byte("\x1f\x8b")) {
			return
		}
		want := ""
		for line := range strings.SplitSeq(strings.TrimPrefix(string(data), mark), "\n") {
			if line = string(bytes.TrimSpace([]byte(line))); line != "" {
				want += line + "\n"
			}
		}
		if len(bodies) != 2 || bodies[0] != want || bodies[1] != want {
			t.Errorf("sent %q of %q", bodies, data)
		}
	})
}

// FuzzImportErrors has a vendor that says anything about the records.
func FuzzImportErrors(f *testing.F) {
	for _, seed := range []string{"line 1: x", "Row #2", "error at record no. 3", "line 9999999999", "LINE -1",
		"line ", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := jobWith(t, []string{text})
		started, err := c.Bulk.ImportFrom(t.Context(), "Patient", strings.NewReader("\n{}\n\n{}"))
		if err != nil {
			t.Fatal(err)
		}
		job, err := c.Bulk.Wait(t.Context(), started.JobID, nil)
		text = string([]rune(text)) // as JSON
		if err != nil || len(job.Errors) != 1 || len(job.Errors[0]) > len(text)+1 {
			t.Errorf("%q became %q (%v)", text, job.Errors, err)
		}
	})
}
