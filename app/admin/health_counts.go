package admin

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"latchkey/models"
	"latchkey/views"
)

// healthSpan is how far back charts go, and how long a bar of them is.
type healthSpan struct {
	bars, minutes int
	label         string // of a bar, as time writes it
}

// healthSpans are what can be asked for. Each bar is one row of what is kept for each name.
var healthSpans = map[string]healthSpan{
	"1h":  {60, 1, "15:04"},
	"24h": {48, 30, "15:04"},
	"7d":  {84, 120, "2 Jan 15:04"},
}

func (s healthSpan) long() time.Duration { return time.Duration(s.minutes) * time.Minute }

// routesCounted begins the names of what is counted of requests.
const routesCounted = "http."

// healthCounts are counts by name.
type healthCounts map[string]models.Count

func (h *Handler) lastHour(ctx context.Context) (healthCounts, error) {
	rows, err := h.DB.MinuteStats(ctx, 1, h.DB.Now().Add(-time.Hour))
	if err != nil {
		return nil, err
	}
	hour := healthCounts{}
	for _, row := range rows {
		hour[row.Name] = hour[row.Name].Plus(row.Count)
	}
	return hour, nil
}

// speed is a row for all requests and one for each group of routes, the busiest first.
func (n healthCounts) speed() (list []views.HealthSpeed) {
	for name, counted := range n {
		if group, ok := strings.CutPrefix(name, routesCounted); ok {
			list = append(list, speedOf(group, counted))
		}
	}
	if len(list) == 0 {
		return nil
	}
	slices.SortFunc(list, func(a, b views.HealthSpeed) int {
		return cmp.Or(cmp.Compare(b.Requests, a.Requests), strings.Compare(a.Group, b.Group))
	})
	return append([]views.HealthSpeed{speedOf("", n.requests(""))}, list...)
}

func speedOf(group string, n models.Count) views.HealthSpeed {
	return views.HealthSpeed{Group: group, Requests: n.Total, Failed: n.Failed, Median: n.Times.Quantile(.5), Slow: n.Times.Quantile(.95)}
}

// requests are those of a group; "" stands for all together.
func (n healthCounts) requests(group string) (all models.Count) {
	if group != "" {
		return n[routesCounted+group]
	}
	for name, counted := range n {
		if strings.HasPrefix(name, routesCounted) {
			all = all.Plus(counted)
		}
	}
	return all
}

// healthBars are the counts of a span, bar by bar; nil: nothing was counted then.
type healthBars struct {
	healthSpan
	first time.Time
	bars  []healthCounts
}

func (h *Handler) healthBars(ctx context.Context, span healthSpan) (b healthBars, err error) {
	long := span.long()
	b = healthBars{span, h.DB.Now().Truncate(long).Add(-time.Duration(span.bars-1) * long), make([]healthCounts, span.bars)}
	rows, err := h.DB.MinuteStats(ctx, span.minutes, b.first)
	if err != nil {
		return b, err
	}
	for _, row := range rows {
		i := int(row.At.Sub(b.first) / long)
		if i >= span.bars { // a process whose clock is ahead
			continue
		}
		if b.bars[i] == nil {
			b.bars[i] = healthCounts{}
		}
		b.bars[i][row.Name] = row.Count
	}
	return b, nil
}

// sum is all of it together.
func (b healthBars) sum() healthCounts {
	all := healthCounts{}
	for _, bar := range b.bars {
		for name, n := range bar {
			all[name] = all[name].Plus(n)
		}
	}
	return all
}

// chart draws what each bar gives.
func (b healthBars) chart(c views.Chart, values func(healthCounts) []int64) views.Chart {
	c.Of = "From"
	for i, bar := range b.bars {
		point := views.ChartPoint{Label: b.first.Add(time.Duration(i) * b.long()).Format(b.label)}
		if bar != nil {
			point.Values = values(bar)
		}
		c.Points = append(c.Points, point)
	}
	return c
}

// charts draw how a group of pages was answered, and what the program did besides.
func (b healthBars) charts(group string) []views.Chart {
	return append(b.answers(group),
		b.chart(views.Chart{ID: "limits", Title: "Requests that a limit refused", Series: []views.ChartSeries{{Label: "Refused", Tone: "warning"}}}, func(n healthCounts) []int64 {
			return []int64{n["limits"].Total}
		}),
		b.chart(views.Chart{ID: "jobs", Title: "Jobs", Series: endings("Done", "Tries failed")}, func(n healthCounts) []int64 { return parts(n["jobs"]) }),
		b.chart(views.Chart{ID: "mails", Title: "Mails", Series: endings("Sent", "Tries failed")}, func(n healthCounts) []int64 { return parts(n["mails"]) }),
	)
}

func (b healthBars) answers(group string) []views.Chart {
	of := ""
	if group != "" {
		of = ": " + views.GroupWords(group)
	}
	took := func(id, title string, share float64) views.Chart {
		c := views.Chart{ID: id, Title: title + of, Unit: "ms", Peak: true, Series: []views.ChartSeries{{Label: "Answered", Tone: "primary"}}}
		return b.chart(c, func(n healthCounts) []int64 { return []int64{n.requests(group).Times.Quantile(share).Milliseconds()} })
	}
	failed := views.Chart{ID: "error-rate", Title: "Failed of 1,000 requests" + of, Peak: true, Series: []views.ChartSeries{{Label: "Failed", Tone: "error"}}}
	return []views.Chart{
		b.chart(views.Chart{ID: "requests", Title: "Requests" + of, Series: endings("Answered", "Failed")}, func(n healthCounts) []int64 { return parts(n.requests(group)) }),
		b.chart(failed, func(n healthCounts) []int64 {
			all := n.requests(group)
			return []int64{rounded(1000*all.Failed, max(all.Total, 1))}
		}),
		took("median", "Half answered within", .5),
		took("slow", "95 % answered within", .95),
	}
}

func endings(well, wrong string) []views.ChartSeries {
	return []views.ChartSeries{{Label: well, Tone: "primary"}, {Label: wrong, Tone: "error"}}
}

func parts(n models.Count) []int64 { return []int64{n.Total - n.Failed, n.Failed} }
