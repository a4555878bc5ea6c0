package admin

import (
	"time"

	"latchkey/models"
	"latchkey/views"
)

// dayChart is what one chart of days draws.
type dayChart struct {
	id, title string
	parts     []dayPart // from the ground up
	mean      bool      // a bar of several days says how it was on one of them
}

// dayPart is a figure, without those of it that another part has.
type dayPart struct{ label, tone, figure, without string }

// dayCharts are all of them, in the order in which a page shows them. The overview draws the first two whole.
var dayCharts = []dayChart{
	{id: "sign-ins", title: "Sign-ins", parts: []dayPart{
		{"Signed in", "primary", models.FigureSignedIn, ""}, {"Failed", "error", models.FigureSignInFailed, ""}, {"Stopped", "warning", models.FigureSignInHeld, ""},
	}},
	{id: "new-members", title: "New members", parts: []dayPart{{"New members", "primary", models.FigureNewMembers, ""}}},
	{id: "active", title: "Active people", mean: true, parts: []dayPart{{"Active", "primary", models.FigureActive, ""}}},
	{id: "sign-ups", title: "Sign-ups", parts: []dayPart{{"Signed up", "primary", models.FigureSignUps, ""}}},
	{id: "failures", title: "Failures", parts: []dayPart{{"Failed", "error", models.FigureFailures, ""}}},
	{id: "tokens", title: "Tokens issued", parts: []dayPart{{"Issued", "primary", models.FigureTokens, ""}}}, // oauth
	{id: "jobs", title: "Jobs", parts: []dayPart{
		{"Done", "primary", models.FigureJobsDone, ""}, {"Given up", "error", models.FigureJobsGivenUp, ""}, {"Tried again", "warning", models.FigureJobsFailed, models.FigureJobsGivenUp},
	}},
	{id: "mails", title: "Mails", parts: []dayPart{
		{"Sent", "primary", models.FigureMailsSent, ""}, {"Given up", "error", models.FigureMailsGivenUp, ""}, {"Tried again", "warning", models.FigureMailsFailed, models.FigureMailsGivenUp},
	}},
}

// chartFigures are what the charts are made of.
func chartFigures() (list []string) {
	for _, chart := range dayCharts {
		for _, part := range chart.parts {
			list = append(list, part.figure)
		}
	}
	return list
}

// daySpan is how far back charts go, and how many days a bar of them has.
type daySpan struct{ bars, days int }

// drawDays draws a chart up to today.
func drawDays(chart dayChart, daily models.Daily, now time.Time, span daySpan) views.Chart {
	c := views.Chart{ID: chart.id, Title: chart.title + " by day", Of: "Day", Peak: chart.mean}
	if span.days > 1 {
		c.Title, c.Of = chart.title+" by week", "Week from"
	}
	if chart.mean && span.days > 1 {
		c.Title = chart.title + " a day, by week"
	}
	for _, part := range chart.parts {
		c.Series = append(c.Series, views.ChartSeries{Label: part.label, Tone: part.tone})
	}
	for bar := range span.bars {
		first := now.AddDate(0, 0, 1-(span.bars-bar)*span.days)
		c.Points = append(c.Points, views.ChartPoint{Label: first.Format("2 Jan"), Values: chart.values(daily, first, span.days)})
	}
	return c
}

// values are those of the days from the first on; none when no figure is known of them.
func (c dayChart) values(daily models.Daily, first time.Time, days int) (list []int64) {
	from, to, since := models.Day(first), models.Day(first.AddDate(0, 0, days-1)), daily.Since()
	if since == "" || to < since {
		return nil
	}
	for _, part := range c.parts {
		n := daily.Sum(part.figure, from, to)
		if part.without != "" {
			n = max(n-daily.Sum(part.without, from, to), 0)
		}
		if c.mean {
			n = rounded(n, known(first, days, since))
		}
		list = append(list, n)
	}
	return list
}

// known is how many of the days from the first on there are figures of.
func known(first time.Time, days int, since string) (n int64) {
	for i := range days {
		if models.Day(first.AddDate(0, 0, i)) >= since {
			n++
		}
	}
	return max(n, 1)
}
