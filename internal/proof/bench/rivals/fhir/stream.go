package fhir

import (
	"bufio"
	"io"
	"runtime"

	"github.com/caremux/caremux/fhir"
)

// export is a bulk export of a size: lines, again and again.
type export struct {
	lines [][]byte
	left  int // bytes
	rest  []byte
	next  int
}

func (e *export) Read(p []byte) (int, error) {
	if len(e.rest) == 0 {
		if e.left <= 0 {
			return 0, io.EOF
		}
		e.rest = e.lines[e.next%len(e.lines)]
		e.next++
		e.left -= len(e.rest)
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

// ReadExport reads an export of so many bytes line by line, as the guide of package fhir says. It returns the number
// of resources and the largest heap that was seen.
func ReadExport(bytes int) (resources int, peak uint64, err error) {
	examples, err := readExamples()
	if err != nil {
		return 0, 0, err
	}
	e := &export{left: bytes}
	for _, m := range mix {
		for _, example := range examples[m.resourceType] {
			e.lines = append(e.lines, append(example, '\n'))
		}
	}
	runtime.GC()
	lines := bufio.NewScanner(e)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var resource fhir.Resource
		if err := fhir.Unmarshal(lines.Bytes(), &resource); err != nil {
			return resources, peak, err
		}
		if resources++; resources%256 == 0 {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapAlloc)
		}
	}
	return resources, peak, lines.Err()
}
