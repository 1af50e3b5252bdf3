// Command report prints how long loads take behind a rate limit, in real time.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/caremux/caremux/internal/proof/bench/rivals/pacing"
)

func main() {
	loads := []pacing.Load{
		{Name: "50 x 1 calls at 10 a second", Callers: 50, Calls: 1, Limit: 10, Window: time.Second},
		{Name: "50 x 10 calls at 10 a second", Callers: 50, Calls: 10, Limit: 10, Window: time.Second},
		{Name: "the same by two clients of one account", Callers: 50, Calls: 10, Limit: 10, Window: time.Second, Clients: 2},
		{Name: "6 exports of 5 pages at 3 a second", Callers: 6, Calls: 5, Limit: 3, Window: time.Second},
	}
	sides := []struct {
		name string
		side pacing.Side
	}{{"caremux", pacing.Caremux}, {"aws-sdk-go-v2 adaptive", pacing.AWS}}
	fmt.Println("| load | side | time | x ideal | requests | refused | failed | longest wait / median |")
	fmt.Println("|---|---|---|---|---|---|---|---|")
	for _, l := range loads {
		for _, s := range sides {
			r, err := pacing.Run(context.Background(), l, s.side)
			if err != nil {
				fmt.Fprintln(os.Stderr, "report:", err)
				os.Exit(1)
			}
			fmt.Printf("| %s | %s | %.1f s | %.2f | %d | %.0f %% | %d | %.1f |\n", l.Name, s.name, r.Took.Seconds(),
				r.Took.Seconds()/l.Ideal().Seconds(),
				r.Requests, 100*float64(r.Refused)/float64(r.Requests), r.Failed, r.Longest.Seconds()/max(r.Median.Seconds(), 0.001))
		}
	}
}
