package views

import (
	"fmt"
	"slices"
	"strconv"
)

// Chart is figures in order, mostly of time: a bar for each point, of one part or of several that stand on each other.
type Chart struct {
	ID     string        // of the element, the only one of its page
	Title  string        // what is counted: "Sign-ins by day"
	Of     string        // what a point is, for the table: "Day"
	Unit   string        // behind a figure, where there is one: "ms"
	Series []ChartSeries // from the ground up
	Points []ChartPoint
	Peak   bool // a sum over all points says nothing, the highest does
	Small  bool // drawn for a glance, beside a link to the whole
}

// ChartSeries is one part of every bar. Parts differ by pattern first, and by colour besides.
type ChartSeries struct {
	Label string
	Tone  string // one of chartTones
}

// ChartPoint is one bar. Without values there is none: nothing was counted then.
type ChartPoint struct {
	Label  string
	Values []int64 // one for each series
}

// The size of a drawing, in its own units. It is stretched to the width there is and keeps its height: nothing in it may depend on
// how wide a unit is, so words stand beside it.
const (
	chartHeight = 160
	chartLow    = 48 // of a small one
	chartStep   = 12 // from bar to bar
	chartBar    = 9
)

func (c Chart) height() int {
	if c.Small {
		return chartLow
	}
	return chartHeight
}

func (p ChartPoint) total() (n int64) {
	for _, v := range p.Values {
		n += v
	}
	return n
}

func (c Chart) highest() (at ChartPoint) {
	for _, p := range c.Points {
		if p.total() > at.total() {
			at = p
		}
	}
	return at
}

// ceiling is the height of the drawing: the next round figure above the highest bar, with a whole half.
func (c Chart) ceiling() int64 {
	highest := max(c.highest().total(), 2)
	for scale := int64(1); ; scale *= 10 {
		for _, step := range []int64{2, 4, 6, 8, 10} {
			if step*scale >= highest {
				return step * scale
			}
		}
	}
}

func (c Chart) width() int { return len(c.Points) * chartStep }

func (c Chart) viewBox() string { return fmt.Sprintf("0 0 %d %d", c.width(), c.height()) }

// chartRect is one part of a bar.
type chartRect struct{ x, y, height, fill string }

// rects are the parts of a bar, from the ground up. What is there can be seen, however little it is.
func (c Chart) rects(i int) (list []chartRect) {
	ground, high, ceiling := float64(c.height()), float64(c.height()), float64(c.ceiling())
	for series, value := range c.Points[i].Values {
		if value == 0 {
			continue
		}
		height := max(float64(value)/ceiling*high, 2)
		list = append(list, chartRect{
			x: strconv.Itoa(i*chartStep + (chartStep-chartBar)/2), y: fmt.Sprintf("%.1f", max(ground-height, 0)), height: fmt.Sprintf("%.1f", height-1), fill: c.fill(series),
		})
		ground -= height
	}
	return list
}

func (c Chart) patternID(series int) string { return fmt.Sprintf("%s-part-%d", c.ID, series) }

func (c Chart) fill(series int) string { return "url(#" + c.patternID(series) + ")" }

// figure is a value with its unit.
func (c Chart) figure(n int64) string {
	if c.Unit == "" {
		return grouped(int(n))
	}
	return grouped(int(n)) + " " + c.Unit
}

// says are the figures of a bar in words.
func (c Chart) says(p ChartPoint) string {
	text := p.Label
	for i, v := range p.Values {
		text += fmt.Sprintf(", %s: %s", c.Series[i].Label, c.figure(v))
	}
	return text
}

// described is what the drawing shows, for who does not see it.
func (c Chart) described() string {
	highest := c.highest()
	return fmt.Sprintf("%d bars, from %s to %s. The highest is %s, at %s.", len(c.Points), c.Points[0].Label, c.Points[len(c.Points)-1].Label, c.figure(highest.total()), highest.Label)
}

// legend is what stands beside the name of a part: all of it together, or its highest.
func (c Chart) legend(series int) string {
	var sum, highest int64
	for _, p := range c.Points {
		if series < len(p.Values) {
			sum, highest = sum+p.Values[series], max(highest, p.Values[series])
		}
	}
	if c.Peak {
		return "at most " + c.figure(highest)
	}
	return c.figure(sum)
}

func (c Chart) heads() []string {
	heads := []string{c.Of}
	for _, s := range c.Series {
		heads = append(heads, s.Label)
	}
	return heads
}

// newestFirst are the points as the table lists them.
func (c Chart) newestFirst() []ChartPoint {
	points := slices.Clone(c.Points)
	slices.Reverse(points)
	return points
}

// lines are where the drawing has its scale; a small one has only the ground.
func (c Chart) lines() []string {
	ground := fmt.Sprintf("%.1f", float64(c.height())-0.5)
	if c.Small {
		return []string{ground}
	}
	return []string{"0.5", strconv.Itoa(c.height() / 2), ground}
}
