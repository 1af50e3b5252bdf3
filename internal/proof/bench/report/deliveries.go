package main

import (
	"context"
	"fmt"
	"os"
)

// handlers has what one delivery costs in the handler, without a network and without Redis.
func handlers(here map[string]map[string]float64) []row {
	var rows []row
	for _, b := range []struct {
		name, title string
		max         float64
	}{
		{"Handler/memory", "an event of 1 KiB through the handler, beside HMAC and encoding/json by hand", 2},
		{"Handler/queue", "the same into a queue that stores nothing", 2},
	} {
		if m := here[b.name]; m != nil {
			plain, own := duration(m["plain-ns"]), duration(m["caremux-ns"])
			rows = append(rows, row{b.title, plain, own, m["ratio"], "×", b.max})
		}
	}
	allocations := here["Handler/memory"]["own-allocs"]
	return append(rows, row{"allocations of one such event, request and recorder included", "", "", allocations, "", 90})
}

// deliveries has how many deliveries of 1 KiB a second one process receives, beside as many plain XADDs. The tests of redisstore
// start Redis themselves; without one there are no rows.
func deliveries(ctx context.Context, count int) []row {
	found, err := benchmarks(ctx, "redisstore", "", "Delivery", count)
	if err != nil {
		fmt.Fprintln(os.Stderr, "without Redis:", err)
		return nil
	}
	rate := func(name string) float64 { return found["Delivery/"+name]["deliveries/s"] }
	plain := rate("XADD")
	if plain == 0 {
		return nil
	}
	var rows []row
	for _, b := range []struct{ name, title string }{
		{"memory", "deliveries a second with the memory store, beside a plain XADD"},
		{"deliveries", "deliveries a second with Deliveries on Redis, beside a plain XADD"},
		{"queue", "deliveries a second into Queue on Redis, beside a plain XADD"},
	} {
		rows = append(rows, row{b.title, number(plain) + "/s", number(rate(b.name)) + "/s", plain / rate(b.name), "×", 0})
	}
	return rows
}
