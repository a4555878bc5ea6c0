package admin

import (
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
	"24h": {48, 30, "15:04"},
	"7d":  {84, 120, "2 Jan 15:04"},
}

// routesCounted begins the names of what is counted of requests.
const routesCounted = "http."

// hourCounts are the counts of the last hour, by name.
type hourCounts map[string]models.Count

func (h *Handler) lastHour(ctx context.Context) (hourCounts, error) {
	rows, err := h.DB.MinuteStats(ctx, 1, h.DB.Now().Add(-time.Hour))
	if err != nil {
		return nil, err
	}
	hour := hourCounts{}
	for _, row := range rows {
		hour[row.Name] = hour[row.Name].Plus(row.Count)
	}
	return hour, nil
}

// speed is a row for each group of routes, the busiest first.
func (hour hourCounts) speed() (list []views.HealthSpeed) {
	for name, n := range hour {
		if group, ok := strings.CutPrefix(name, routesCounted); ok {
			list = append(list, views.HealthSpeed{Group: group, Requests: n.Total, Failed: n.Failed, Median: n.Times.Quantile(.5), Slow: n.Times.Quantile(.95)})
		}
	}
	slices.SortFunc(list, func(a, b views.HealthSpeed) int {
		if a.Requests != b.Requests {
			return int(b.Requests - a.Requests)
		}
		return strings.Compare(a.Group, b.Group)
	})
	return list
}

// requests are those of all groups together.
func (hour hourCounts) requests() (all models.Count) {
	for name, n := range hour {
		if strings.HasPrefix(name, routesCounted) {
			all = all.Plus(n)
		}
	}
	return all
}

// healthCharts draw what was counted in a span.
func (h *Handler) healthCharts(ctx context.Context, span healthSpan) ([]views.Chart, error) {
	long := time.Duration(span.minutes) * time.Minute
	last := h.DB.Now().Truncate(long)
	first := last.Add(-time.Duration(span.bars-1) * long)
	rows, err := h.DB.MinuteStats(ctx, span.minutes, first)
	if err != nil {
		return nil, err
	}
	bars := make([]hourCounts, span.bars)
	for _, row := range rows {
		i := int(row.At.Sub(first) / long)
		if i >= span.bars { // a process whose clock is ahead
			continue
		}
		if bars[i] == nil {
			bars[i] = hourCounts{}
		}
		bars[i][row.Name] = row.Count
	}
	draw := func(c views.Chart, values func(hourCounts) []int64) views.Chart {
		c.Of = "From"
		for i, bar := range bars {
			point := views.ChartPoint{Label: first.Add(time.Duration(i) * long).Format(span.label)}
			if bar != nil {
				point.Values = values(bar)
			}
			c.Points = append(c.Points, point)
		}
		return c
	}
	return []views.Chart{
		draw(views.Chart{ID: "requests", Title: "Requests", Series: endings("Answered", "Failed")}, func(n hourCounts) []int64 {
			return parts(n.requests())
		}),
		draw(views.Chart{ID: "slow", Title: "95 % answered within", Unit: "ms", Peak: true, Series: []views.ChartSeries{{Label: "All pages", Tone: "primary"}}}, func(n hourCounts) []int64 {
			return []int64{n.requests().Times.Quantile(.95).Milliseconds()}
		}),
		draw(views.Chart{ID: "mails", Title: "Mails", Series: endings("Sent", "Failed")}, func(n hourCounts) []int64 { return parts(n["mails"]) }),
		draw(views.Chart{ID: "jobs", Title: "Jobs", Series: endings("Done", "Failed")}, func(n hourCounts) []int64 { return parts(n["jobs"]) }),
		draw(views.Chart{ID: "limits", Title: "Requests that a limit refused", Series: []views.ChartSeries{{Label: "Refused", Tone: "warning"}}}, func(n hourCounts) []int64 {
			return []int64{n["limits"].Total}
		}),
	}, nil
}

func endings(well, wrong string) []views.ChartSeries {
	return []views.ChartSeries{{Label: well, Tone: "primary"}, {Label: wrong, Tone: "error"}}
}

func parts(n models.Count) []int64 { return []int64{n.Total - n.Failed, n.Failed} }
