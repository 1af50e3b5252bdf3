// Command report measures everything that internal/proof/bench/README.md shows and prints its table.
//
//	go run ./internal/proof/bench/report
//
// It takes some minutes. Nothing else should run on the machine meanwhile.
package main

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

const newest = "go1.27.3"

// row is a line of the table. With max 0 there is no goal.
type row struct {
	name   string
	plain  string
	own    string
	figure float64
	unit   string // what figure is: "×" beside plain, or the unit of its own
	max    float64
}

func (r row) String() string {
	goal, met := "none", ""
	if r.max > 0 {
		goal, met = "≤ "+number(r.max)+" "+r.unit, "no"
		if r.figure <= r.max {
			met = "yes"
		}
	}
	return fmt.Sprintf("| %s | %s | %s | %s %s | %s | %s |", r.name, r.plain, r.own, number(r.figure), r.unit, goal, met)
}

func number(f float64) string {
	digits := 2
	if f >= 100 {
		digits = 0
	}
	return strings.TrimSuffix(strconv.FormatFloat(f, 'f', digits, 64), ".00")
}

func main() {
	count := flag.Int("count", 3, "runs of each benchmark; their median counts")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *count); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

// line says which benchmark a row shows, under which title, and with which goal.
type line struct {
	name, title string
	max         float64
}

var lines = []line{
	{"Get", "one small GET", 1.05},
	{"Create", "one create with a body", 0},
	{"Page", "a page of 100 records", 0.95},
	{"Decode", "the same page without the network", 0},
	{"All/plain", "10,000 records through All, beside plain code", 0},
	{"All/loop", "10,000 records through All, beside a loop over List", 1.03},
	{"Prefetch", "20 ms latency and 20 ms work a page, WithPrefetch(1) beside none", 0.6},
	{"Cold", "1,000 goroutines on a cold client", 0},
	{"Webhook/1KiB", "a webhook of 1 KiB verified, beside HMAC alone", 1.2},
	{"Webhook/1MiB", "a webhook of 1 MiB verified, beside HMAC alone", 1.02},
	{"ABDM/Secret", "20 shared secrets of ABDM, beside crypto/ecdh alone", 1.2},
	{"ABDM/1MiB", "1 MiB sealed and opened for ABDM, beside X25519 and AES-GCM alone", 1.2},
	{"ABDM/1MiBContent", "the same with base64 on both sides", 1.2},
}

func run(ctx context.Context, count int) error {
	here, err := benchmarks(ctx, ".", "", ".", count)
	if err != nil {
		return err
	}
	var rows []row
	for _, b := range lines {
		if m := here[b.name]; m != nil {
			rows = append(rows, besidePlain(b, m))
		}
	}
	rows = append(rows, handlers(here)...)
	rows = append(rows, deliveries(ctx, count)...)
	rows = append(rows, row{"allocations of one GET beyond plain", "", "", here["Get"]["more-allocs"], "", 20})
	if newer, err := benchmarks(ctx, ".", newest, "Page|Decode|Get", count); err != nil {
		fmt.Fprintln(os.Stderr, "without", newest+":", err)
	} else {
		rows = append(rows, underNewest(here, newer)...)
	}
	million := here["Million"]
	rows = append(rows,
		row{"peak heap over 1,000,000 records, beside 100,000", number(million["tenth-MiB"]) + " MiB", number(million["peak-MiB"]) + " MiB",
			million["peak-MiB"] / million["tenth-MiB"], "×", 0},
		row{"time to make a client (10,000 tenants)", "", "", here["Tenants"]["ns/client"] / 1000, "µs", 5},
		row{"memory of a client (10,000 tenants)", "", "", here["Tenants"]["B/client"] / 1024, "KiB", 4})
	for _, measure := range []func(context.Context) ([]row, error){binary, initialisation, compile} {
		more, err := measure(ctx)
		if err != nil {
			return err
		}
		rows = append(rows, more...)
	}
	fmt.Printf("%s, %s, %d processors\n\n", runtime.Version(), time.Now().UTC().Format(time.DateOnly), runtime.NumCPU())
	fmt.Println("| what | plain | caremux | figure | goal | met |\n|---|---|---|---|---|---|")
	for _, r := range rows {
		fmt.Println(r)
	}
	return nil
}

// besidePlain is the row of a benchmark that measures both sides.
func besidePlain(b line, m map[string]float64) row {
	return row{b.title, duration(m["plain-ns"]), duration(m["caremux-ns"]), m["ratio"], "×", b.max}
}

// underNewest are the rows of the newest Go, for both sides and beside plain code under the Go that is here.
func underNewest(here, newer map[string]map[string]float64) (rows []row) {
	for _, b := range []line{
		{"Get", "one small GET under Go 1.27, both sides", 0},
		{"Page", "a page of 100 records under Go 1.27, both sides", 0},
	} {
		rows = append(rows, besidePlain(b, newer[b.name]))
	}
	for _, b := range []line{
		{"Page", "a page under Go 1.27 beside plain code under 1.26", 0.7},
		{"Decode", "the same without the network", 0},
	} {
		before, after := here[b.name]["plain-ns"], newer[b.name]["caremux-ns"]
		rows = append(rows, row{b.title, duration(before), duration(after), after / before, "×", b.max})
	}
	return rows
}

func duration(ns float64) string {
	d := time.Duration(ns)
	for _, unit := range []time.Duration{time.Millisecond, time.Microsecond} {
		if d >= 10*unit {
			return d.Round(unit / 10).String()
		}
	}
	return d.String()
}

// benchmarks returns the medians of the metrics of each benchmark in a module, by its name without "Benchmark" and the number of
// processors.
func benchmarks(ctx context.Context, module, toolchain, pattern string, count int) (map[string]map[string]float64, error) {
	pkg := "./internal/proof/bench"
	if module != "." {
		pkg = "."
	}
	cmd := exec.CommandContext(ctx, "go", "test", pkg, "-run", "^$", "-bench", pattern, "-benchtime", "2s", "-count", strconv.Itoa(count))
	cmd.Dir = module
	cmd.Env = os.Environ()
	if toolchain != "" {
		cmd.Env = append(cmd.Env, "GOTOOLCHAIN="+toolchain)
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, out)
	}
	all := map[string]map[string][]float64{}
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := strings.TrimPrefix(fields[0][:max(strings.LastIndex(fields[0], "-"), 0)], "Benchmark")
		if all[name] == nil {
			all[name] = map[string][]float64{}
		}
		for i := 2; i+1 < len(fields); i += 2 {
			if value, err := strconv.ParseFloat(fields[i], 64); err == nil {
				all[name][fields[i+1]] = append(all[name][fields[i+1]], value)
			}
		}
	}
	medians := map[string]map[string]float64{}
	for name, metrics := range all {
		medians[name] = map[string]float64{}
		for unit, values := range metrics {
			slices.Sort(values)
			medians[name][unit] = values[len(values)/2]
		}
	}
	return medians, nil
}

// binary compares a program of one call with the same call by hand.
func binary(ctx context.Context) ([]row, error) {
	dir, err := os.MkdirTemp("", "caremux-bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	var sizes []float64
	for _, name := range []string{"plaincall", "onecall"} {
		file := filepath.Join(dir, name)
		if err := command(ctx, nil, "go", "build", "-o", file, "./internal/proof/bench/"+name); err != nil {
			return nil, err
		}
		info, err := os.Stat(file)
		if err != nil {
			return nil, err
		}
		sizes = append(sizes, float64(info.Size())/1e6)
	}
	return []row{{
		"a binary of one call, beyond plain", number(sizes[0]) + " MB", number(sizes[1]) + " MB", sizes[1] - sizes[0], "MB", 2,
	}}, nil
}

var packages = []string{"ekacare", "welkin", "clinik", "clinik/clinikfhir", "ekacare/ekafhir", "snapcare", "fhir"}

// initialisation reads what the runtime says of each package.
func initialisation(ctx context.Context) ([]row, error) {
	dir, err := os.MkdirTemp("", "caremux-bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "initcost")
	if err := command(ctx, nil, "go", "build", "-o", file, "./internal/proof/bench/initcost"); err != nil {
		return nil, err
	}
	cost := map[string][]float64{}
	for range 5 {
		cmd := exec.CommandContext(ctx, file)
		cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
		out, err := cmd.CombinedOutput()
		if err != nil {
			return nil, err
		}
		for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
			// init github.com/caremux/caremux/welkin @0.5 ms, 0.003 ms clock, 1024 bytes, 3 allocs
			fields := strings.Fields(lines.Text())
			if len(fields) < 5 || fields[0] != "init" {
				continue
			}
			if ms, err := strconv.ParseFloat(fields[4], 64); err == nil {
				cost[fields[1]] = append(cost[fields[1]], ms*1000)
			}
		}
	}
	var rows []row
	for _, name := range packages {
		values := append(cost["github.com/caremux/caremux/"+name], 0) // no line for a package that has nothing to do
		slices.Sort(values)
		rows = append(rows, row{"initialisation of " + name, "", "", values[len(values)/2], "µs", 100})
	}
	return rows, nil
}

// compile builds each package alone, with all that it imports built before.
func compile(ctx context.Context) ([]row, error) {
	var rows []row
	for _, name := range packages {
		cache, err := os.MkdirTemp("", "caremux-bench")
		if err != nil {
			return nil, err
		}
		defer os.RemoveAll(cache)
		env := []string{"GOCACHE=" + cache}
		list, err := exec.CommandContext(ctx, "go", "list", "-deps", "./"+name).Output()
		if err != nil {
			return nil, err
		}
		var deps []string
		for dep := range strings.FieldsSeq(string(list)) {
			if dep != "github.com/caremux/caremux/"+name {
				deps = append(deps, dep)
			}
		}
		if err := command(ctx, env, "go", append([]string{"build"}, deps...)...); err != nil {
			return nil, err
		}
		start := time.Now()
		if err := command(ctx, env, "go", "build", "./"+name); err != nil {
			return nil, err
		}
		goal := 4.0
		if name == "fhir" {
			goal = 1.5 // for programs that need no vendor
		}
		rows = append(rows, row{"cold compile of " + name, "", "", time.Since(start).Seconds(), "s", goal})
	}
	return rows, nil
}

func command(ctx context.Context, env []string, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, args[0], err, out)
	}
	return nil
}
