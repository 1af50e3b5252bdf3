package browsertest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

func TestPageShowsTheAgendaAndRunsNothing(t *testing.T) {
	findBrowser(t)
	ctx, v := open(t, writeAgenda(t))
	title := get(ctx, t, chromedp.Title())
	days := get(ctx, t, chromedp.Evaluate[[]string](`[...document.querySelectorAll("h2")].map(h => h.innerText)`))
	rows := get(ctx, t, chromedp.Evaluate[[][]string](
		`[...document.querySelectorAll("tbody tr")].map(r => [...r.cells].map(c => c.innerText))`))
	next := get(ctx, t, chromedp.Evaluate[string](`document.querySelector(".next").innerText`))
	v.quiet(ctx, t)
	if title != "Agenda of Dr. Dana Jones" || len(days) != 3 {
		t.Errorf("title %q, days %q", title, days)
	}
	var patients, systems []string
	for _, row := range rows {
		if len(row) != 5 {
			t.Fatalf("a row of %d cells: %q", len(row), row)
		}
		patients, systems = append(patients, row[1]), append(systems, row[4])
	}
	if got := strings.Join(patients, ", "); got != "Asha Rao, Mei Chen, Charlie Taylor, Bobby Brown, Ravi Iyer, Mei Chen" {
		t.Errorf("patients are %s", got)
	}
	if got := strings.Join(systems, ", "); got != "Eka Care, ClinikAPI, Welkin, SnapMD, Eka Care, ClinikAPI" {
		t.Errorf("systems are %s", got)
	}
	if len(rows) > 0 && rows[0][0] != "09:30–09:45" || next != "Next: tomorrow at 09:30, Asha Rao" {
		t.Errorf("the first row is at %s, next is %q", rows[0][0], next)
	}
}

func TestPageRunsNothingThatStrangersWrote(t *testing.T) {
	findBrowser(t)
	ctx, v := open(t, writeHostile(t))
	patient := get(ctx, t, chromedp.Evaluate[string](`document.querySelector("td.patient").innerText`))
	v.quiet(ctx, t)
	if !strings.HasPrefix(patient, "<script>alert(1)</script>") {
		t.Errorf("the patient is called %q", patient)
	}
}

// quiet fails for whatever the page ran, loaded or complained of.
func (v *visit) quiet(ctx context.Context, t *testing.T) {
	t.Helper()
	loaded := get(ctx, t, chromedp.Evaluate[int](`document.querySelectorAll("script, img, link, iframe").length`))
	troubles, addresses := v.get()
	if len(troubles) > 0 || len(addresses) != 1 || loaded != 0 {
		t.Errorf("the browser complains: %q; the page asks for %q; %d elements that load or run something", troubles, addresses, loaded)
	}
}

// lowestContrast is the least contrast of a text with what is behind it, as WCAG computes it.
const lowestContrast = `(() => {
	const context = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
	const rgb = color => { context.fillStyle = color; context.fillRect(0, 0, 1, 1); return [...context.getImageData(0, 0, 1, 1).data]; };
	const light = color => rgb(color).slice(0, 3).map(c => c / 255).map(c => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
		.reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
	const behind = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (c !== "rgba(0, 0, 0, 0)") return c; } };
	return Math.min(...[...document.querySelectorAll("h1, h2, p, th, td, strong")].filter(e => e.innerText).map(e => {
		const pair = [light(getComputedStyle(e).color), light(behind(e))].sort((a, b) => b - a);
		return (pair[0] + .05) / (pair[1] + .05);
	}));
})()`

func TestPageIsReadableOnPhonesAndInTheDark(t *testing.T) {
	findBrowser(t)
	ctx, _ := open(t, writeAgenda(t))
	for _, scheme := range []string{"light", "dark"} {
		if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		}); err != nil {
			t.Fatal(err)
		}
		for _, width := range []int64{390, 1000} {
			get(ctx, t, chromedp.EmulateViewport(width, 844))
			picture := filepath.Join(t.ArtifactDir(), fmt.Sprintf("agenda-%d-%s.png", width, scheme))
			if err := os.WriteFile(picture, get(ctx, t, chromedp.FullScreenshot(100)), 0o600); err != nil {
				t.Fatal(err)
			}
			t.Log(picture)
			if wide := get(ctx, t, chromedp.Evaluate[int64](`document.documentElement.scrollWidth`)); wide > width {
				t.Errorf("%s, %d pixels: the page is %d wide", scheme, width, wide)
			}
			if contrast := get(ctx, t, chromedp.Evaluate[float64](lowestContrast)); contrast < 4.5 {
				t.Errorf("%s, %d pixels: a contrast of %.1f", scheme, width, contrast)
			}
			cards := get(ctx, t, chromedp.Evaluate[bool](`getComputedStyle(document.querySelector("tbody tr")).display === "block"`))
			if cards != (width == 390) {
				t.Errorf("%d pixels: cards are %v", width, cards)
			}
			// What a screen reader is told, whether rows are cards or not.
			roles := roles(ctx, t)
			for role, want := range map[string]int{
				"main": 1, "heading": 4, "table": 3, "columnheader": 15, "rowheader": 6, "row": 9, "cell": 24, "alert": 0,
			} {
				if roles[role] != want {
					t.Errorf("%d pixels: %d of role %s, want %d", width, roles[role], role, want)
				}
			}
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
