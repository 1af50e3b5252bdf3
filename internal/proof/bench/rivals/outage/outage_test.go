package outage_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caremux/caremux/internal/proof/bench/rivals/outage"
)

func part(of float64) func(*rand.Rand, time.Duration, int) bool {
	return func(random *rand.Rand, _ time.Duration, _ int) bool { return random.Float64() < of }
}

const second = time.Second

// loads are a vendor's bad days, with the goals: how many requests a call may become, and which part of the calls succeeds.
var loads = []struct {
	outage.Load
	amplification, success float64
}{
	{outage.Load{Name: "all fail", Rate: 100, Length: 20 * second, Fails: part(1)}, 1.1, 0},
	{outage.Load{Name: "all of 200 calls fail", Rate: 100, Length: 2 * second, Fails: part(1)}, 1.1, 0},
	{outage.Load{Name: "90 % fail", Rate: 100, Length: 20 * second, Fails: part(0.9)}, 1.1, 0.08},
	{outage.Load{Name: "50 % fail", Rate: 100, Length: 20 * second, Fails: part(0.5)}, 1.1, 0.47},
	{outage.Load{Name: "20 % fail", Rate: 100, Length: 20 * second, Fails: part(0.2)}, 1.2, 0.88},
	{outage.Load{Name: "10 % fail", Rate: 100, Length: 60 * second, Fails: part(0.1)}, 1.12, 0.998},
	{outage.Load{Name: "1 % fail", Rate: 100, Length: 20 * second, Fails: part(0.01)}, 1.02, 1},
	{outage.Load{Name: "2 s outage at 100 a second: its calls", Rate: 100, Length: 60 * second, Fails: blip, Counts: inBlip}, 1.1, 0.65},
	{outage.Load{Name: "2 s outage at 5 a second: its calls", Rate: 5, Length: 60 * second, Fails: blip, Counts: inBlip}, 1.1, 0.65},
	{outage.Load{Name: "one of ten operations is dead, 1 % of the others fail: the others", Rate: 100, Length: 20 * second, Operations: 10,
		Fails: func(random *rand.Rand, _ time.Duration, operation int) bool {
			return operation == 0 || random.Float64() < 0.01
		},
		Counts: func(_ time.Duration, operation int) bool { return operation != 0 }}, 1.03, 0.999},
	{outage.Load{Name: "slow recovery over 30 s", Rate: 100, Length: 60 * second, Fails: recovery,
		Counts: func(at time.Duration, _ int) bool {
			return at >= 10*second && at < 40*second
		}}, 1.15, 0.35},
}

func blip(_ *rand.Rand, at time.Duration, _ int) bool { return at >= 30*second && at < 32*second }
func inBlip(at time.Duration, _ int) bool             { return blip(nil, at, 0) }

// recovery is from nothing to all that is asked for.
func recovery(random *rand.Rand, at time.Duration, _ int) bool {
	return at >= 10*second && random.Float64() < 1-(at-10*second).Seconds()/30
}

// TestOutagesBesideOtherRetries holds the goals for this module, and prints the table of all with -v.
func TestOutagesBesideOtherRetries(t *testing.T) {
	sides := []outage.Side{outage.Caremux, outage.Unbounded, outage.AWS}
	table := "| load | caremux | caremux without a budget | aws-sdk-go-v2 standard |\n|---|---|---|---|\n"
	for _, l := range loads {
		table += "| " + l.Name
		for i, side := range sides {
			var r outage.Result
			synctest.Test(t, func(t *testing.T) {
				var err error
				if r, err = outage.Run(t.Context(), l.Load, side); err != nil {
					t.Fatal(err)
				}
			})
			table += fmt.Sprintf(" | %.2f, %.1f %%", r.Amplification(), 100*r.Success())
			if i == 0 && (r.Amplification() > l.amplification || r.Success() < l.success) {
				t.Errorf("%s: a call becomes %.3f requests, want %.2f; %.2f %% succeed, want %.1f %%",
					l.Name, r.Amplification(), l.amplification,
					100*r.Success(), 100*l.success)
			}
		}
		table += " |\n"
	}
	t.Log("\n" + table)
}
