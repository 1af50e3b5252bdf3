// Command report prints what decoding and encoding the search of package rivals/fhir takes on each side, as a table
// in Markdown. The sides take turns, and of each the fastest turn counts, as other programs on the machine can only
// make a turn slower.
//
//	go run ./fhir/report            # from internal/proof/bench/rivals
//	GOTOOLCHAIN=go1.27.3 go run ./fhir/report
package main

import (
	"fmt"
	"log"
	"runtime"
	"time"

	"github.com/caremux/caremux/internal/proof/bench/rivals/fhir"
)

const (
	turns = 25
	times = 5 // that a turn decodes, and encodes
)

var sides = []struct {
	name string
	side fhir.Side
}{
	{"encoding/json, samply", new(fhir.Samply)},
	{"package fhir", new(fhir.Ours)},
	{"package fhir by encoding/json", new(fhir.OursByJSON)},
}

func main() {
	log.SetFlags(0)
	fmt.Printf("%s, %d processors\n\n", runtime.Version(), runtime.NumCPU())
	for _, megabytes := range []int{10, 100} {
		n, peak, err := fhir.ReadExport(megabytes << 20)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("An export of %d MB (%d resources) read as a stream: at most %.1f MB of heap\n",
			megabytes, n, float64(peak)/1e6)
	}
	corpora, err := fhir.Corpora()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println()
	fmt.Println("| search | side | decode | encode | together | allocations | bytes allocated |")
	fmt.Println("|---|---|---|---|---|---|---|")
	for _, c := range corpora {
		if err := compare(c); err != nil {
			log.Fatal(err)
		}
	}
}

// cost is what one side takes.
type cost struct {
	decode, encode time.Duration
	allocs, bytes  uint64
}

func compare(c fhir.Corpus) error {
	costs := make([]cost, len(sides))
	for range turns {
		for i, s := range sides {
			if err := costs[i].turn(s.side, c); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
		}
	}
	base := &costs[0]
	for i, s := range sides {
		own := &costs[i]
		fmt.Printf("| %s, %.1f MB | %s | %.1f ms | %.1f ms | %.2f × | %.2f × | %.2f × |\n",
			c.Name, float64(len(c.Bundle))/1e6, s.name, milliseconds(own.decode), milliseconds(own.encode),
			float64(own.decode+own.encode)/float64(base.decode+base.encode),
			float64(own.allocs)/float64(base.allocs), float64(own.bytes)/float64(base.bytes))
	}
	return nil
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1000 / times }

// turn measures a turn of a side.
func (c *cost) turn(s fhir.Side, corpus fhir.Corpus) error {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	for range times {
		if err := s.Decode(corpus); err != nil {
			return err
		}
	}
	decoded := time.Now()
	for range times {
		if _, err := s.Encode(); err != nil {
			return err
		}
	}
	encode, decode := time.Since(decoded), decoded.Sub(start)
	runtime.ReadMemStats(&after)
	if c.decode == 0 || decode < c.decode {
		c.decode = decode
	}
	if c.encode == 0 || encode < c.encode {
		c.encode = encode
	}
	c.allocs, c.bytes = after.Mallocs-before.Mallocs, after.TotalAlloc-before.TotalAlloc
	return nil
}
