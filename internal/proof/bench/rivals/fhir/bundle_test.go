package fhir

import "testing"

var sides = []struct {
	name string
	make func() Side
}{
	{"samply", func() Side { return new(Samply) }},
	{"fhir", func() Side { return new(Ours) }},
	{"fhir by encoding/json", func() Side { return new(OursByJSON) }},
}

func TestSidesDecodeAndEncodeTheSearch(t *testing.T) {
	corpora, err := Corpora()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range corpora {
		t.Logf("%s: %d bytes", c.Name, len(c.Bundle))
		for _, s := range sides {
			side := s.make()
			if err := side.Decode(c); err != nil {
				t.Errorf("%s %s: %v", s.name, c.Name, err)
			}
			if n, err := side.Encode(); err != nil || n < 1_000_000 {
				t.Errorf("%s %s: %d bytes (%v)", s.name, c.Name, n, err)
			}
		}
	}
}

func BenchmarkSearch(b *testing.B) {
	corpora, err := Corpora()
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range corpora {
		for _, s := range sides {
			side := s.make()
			b.Run("decode/"+c.Name+"/"+s.name, func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(len(c.Bundle)))
				for b.Loop() {
					if err := side.Decode(c); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run("encode/"+c.Name+"/"+s.name, func(b *testing.B) {
				if err := side.Decode(c); err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				b.SetBytes(int64(len(c.Bundle)))
				for b.Loop() {
					if _, err := side.Encode(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func TestAnExportOfAnySizeNeedsLittleMemory(t *testing.T) {
	for _, megabytes := range []int{2, 20} {
		n, peak, err := ReadExport(megabytes << 20)
		if err != nil || n < 200*megabytes || peak > 64<<20 {
			t.Errorf("%d MB: %d resources, %d bytes of heap (%v)", megabytes, n, peak, err)
		}
	}
}
