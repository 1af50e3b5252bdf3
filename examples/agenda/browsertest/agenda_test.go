package browsertest

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/chromedp"
)

func TestPageShowsTheAgendaAndRunsNothing(t *testing.T) {
	findBrowser(t)
	ctx, v := open(t, writeAgenda(t))
	title := get(ctx, t, chromedp.Title())
	rows := get(ctx, t, chromedp.Evaluate[[][]string](
		`[...document.querySelectorAll("tbody tr")].map(r => [...r.cells].map(c => c.innerText))`))
	loaded := get(ctx, t, chromedp.Evaluate[int](`document.querySelectorAll("script, img, link, iframe").length`))
	roles := roles(ctx, t)
	troubles, addresses := v.get()
	if len(troubles) > 0 {
		t.Errorf("the browser complains: %q", troubles)
	}
	if len(addresses) != 1 {
		t.Errorf("the page asks for %q", addresses)
	}
	if title != "Agenda of Dr. Dana Jones" || loaded != 0 {
		t.Errorf("title %q, %d elements that load or run something", title, loaded)
	}
	var patients, systems []string
	for _, row := range rows {
		if len(row) != 5 {
			t.Fatalf("a row of %d cells: %q", len(row), row)
		}
		patients, systems = append(patients, row[1]), append(systems, row[4])
	}
	if got := strings.Join(patients, ", "); got !=
		"Asha Rao, Mei Chen, Charlie Taylor, Bobby <script>alert(1)</script>, Ravi Iyer, Mei Chen" {
		t.Errorf("patients are %s", got)
	}
	if got := strings.Join(systems, ", "); got != "Eka Care, ClinikAPI, Welkin, snapcare, Eka Care, ClinikAPI" {
		t.Errorf("systems are %s", got)
	}
	if len(rows) > 0 && !strings.HasSuffix(rows[0][0], "09:30–09:45") {
		t.Errorf("the first row is at %s", rows[0][0])
	}
	// What a screen reader is told.
	for role, want := range map[string]int{
		"main": 1, "heading": 1, "table": 1, "caption": 1, "columnheader": 5, "rowheader": 6, "alert": 0,
	} {
		if roles[role] != want {
			t.Errorf("%d of role %s, want %d", roles[role], role, want)
		}
	}
}

// get runs one action.
func get[T any](ctx context.Context, t *testing.T, action chromedp.Action[T]) T {
	t.Helper()
	value, err := chromedp.Run(ctx, action)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// roles counts the nodes of the tree that the browser gives to assistive technology, by their roles.
func roles(ctx context.Context, t *testing.T) map[string]int {
	t.Helper()
	tree, err := chromedp.Call(ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, node := range tree.Nodes {
		if !node.Ignored && node.Role != nil {
			count[strings.Trim(string(node.Role.Value), `"`)]++
		}
	}
	return count
}

func TestTroublesOfAPageAreSeen(t *testing.T) {
	for body, want := range map[string]string{
		`<script>throw new Error("broken")</script>`: "broken",
		`<script>alert("popup")</script>`:            "dialog: popup",
		`<img src="missing.png">`:                    "ERR_FILE_NOT_FOUND",
		`<meta http-equiv="Content-Security-Policy" content="default-src 'none'"><script>1</script>`: "Content Security Policy",
	} {
		ctx, v := open(t, writePage(t, body))
		get(ctx, t, chromedp.Title())
		troubles, addresses := v.get()
		if !slices.ContainsFunc(troubles, func(trouble string) bool { return strings.Contains(trouble, want) }) {
			t.Errorf("%s: noticed only %q", body, troubles)
		}
		if loads := strings.Contains(body, "img"); len(addresses) == 2 != loads {
			t.Errorf("%s asks for %q", body, addresses)
		}
	}
}
