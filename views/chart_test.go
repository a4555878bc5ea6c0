package views

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// TestChart: a chart says in a table what it draws, names itself and what it shows, and tells its parts apart without colour.
func TestChart(t *testing.T) {
	c := sampleChart()
	doc := drawn(t, c)
	bars := all(doc, "g")
	if len(bars) != len(c.Points) {
		t.Fatalf("%d bars for %d points", len(bars), len(c.Points))
	}
	rows := all(all(doc, "tbody")[0], "tr")
	for i, p := range c.Points {
		row, said := text(rows[len(rows)-1-i]), text(all(bars[i], "title")[0])
		nothing := len(p.Values) - len(slices.DeleteFunc(slices.Clone(p.Values), func(v int64) bool { return v == 0 }))
		if !strings.Contains(row, p.Label) || !strings.Contains(said, p.Label) || len(all(bars[i], "rect")) != 1+len(p.Values)-nothing {
			t.Errorf("%s: the row is %q, the bar says %q", p.Label, row, said)
		}
		for _, v := range p.Values {
			if figure := grouped(int(v)); !strings.Contains(row, figure) || !strings.Contains(said, figure) {
				t.Errorf("%s lacks %s: the row is %q, the bar says %q", p.Label, figure, row, said)
			}
		}
		if len(p.Values) == 0 && !strings.Contains(row, "Not counted") {
			t.Errorf("%s: the row is %q", p.Label, row)
		}
	}
	image := all(doc, "svg")[len(c.Series)] // after the keys of its parts
	if title, desc := text(all(image, "title")[0]), text(all(image, "desc")[0]); title != c.Title || !strings.Contains(desc, "30 bars, from 25 Oct to 23 Nov. The highest is 1,940, at 15 Nov.") {
		t.Errorf("it is called %q and shows %q", title, desc)
	}
	var patterns []string
	for _, p := range all(doc, "pattern") {
		shape := ""
		for _, r := range all(p, "rect") {
			shape += attr(r, "height") + attr(r, "fill-opacity") + " "
		}
		if slices.Contains(patterns, shape) {
			t.Errorf("two parts are filled alike: %s", shape)
		}
		patterns = append(patterns, shape)
	}
	if len(patterns) != 3 {
		t.Errorf("%d patterns", len(patterns))
	}
}

// TestChartScale: no bar is higher than the drawing, none that counts is too low to be seen, and the scale ends at a round figure.
func TestChartScale(t *testing.T) {
	for highest, ceiling := range map[int64]int64{0: 2, 1: 2, 2: 2, 3: 4, 9: 10, 11: 20, 41: 60, 100: 100, 101: 200, 12431: 20000} {
		c := Chart{Series: []ChartSeries{{}, {}}, Points: []ChartPoint{{Values: []int64{0, highest}}, {Values: []int64{highest / 1000, 1}}, {Values: []int64{max(highest-1, 0), 1}}}}
		if got := c.ceiling(); got != ceiling {
			t.Errorf("the scale for %d ends at %d, not %d", highest, got, ceiling)
		}
		for _, c.Small = range []bool{false, true} {
			for i := range c.Points {
				for _, r := range c.rects(i) {
					y, _ := strconv.ParseFloat(r.y, 64)
					height, _ := strconv.ParseFloat(r.height, 64)
					if y < 0 || height < 1 || y+height > float64(c.height()) {
						t.Errorf("of %d: %+v", highest, r)
					}
				}
			}
		}
	}
}

// TestChartOfNothing: it says so, and draws nothing.
func TestChartOfNothing(t *testing.T) {
	for _, c := range []Chart{emptyChart(), {ID: "none", Title: "None"}} {
		doc := drawn(t, c)
		if len(all(doc, "svg")) > 0 || !strings.Contains(text(doc), "Nothing was counted in this time.") {
			t.Errorf("%s: %s", c.ID, text(doc))
		}
	}
}

func drawn(t *testing.T, c Chart) *html.Node {
	t.Helper()
	var page strings.Builder
	if err := chart(c).Render(t.Context(), &page); err != nil {
		t.Fatal(err)
	}
	return parse(t, page.String())
}
