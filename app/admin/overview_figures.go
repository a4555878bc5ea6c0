package admin

import (
	"time"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/views"
)

// figureDays is how many days the overview is about; it compares them with as many before.
const figureDays = 30

// overviewFigures are what the overview reads.
var overviewFigures = append(chartFigures(), models.FigureMembers, models.FigureSecondFactor, models.FigurePasskey)

// month is what is known of the last days and of those before.
type month struct {
	models.Daily
	days        []time.Time // the newest last
	first, last string
	earlier     string // the first of the days before
	eve         string // the last of them
}

func monthOf(daily models.Daily, now time.Time) month {
	m := month{Daily: daily}
	for i := range figureDays {
		m.days = append(m.days, now.AddDate(0, 0, i+1-figureDays))
	}
	m.first, m.last = models.Day(m.days[0]), models.Day(now)
	m.earlier, m.eve = models.Day(now.AddDate(0, 0, 1-2*figureDays)), models.Day(now.AddDate(0, 0, -figureDays))
	return m
}

func (m month) figures() []views.Figure {
	return []views.Figure{
		m.standing("Members", models.FigureMembers, "", membersPath),
		m.summed("New members", models.FigureNewMembers, 1, membersPath),
		m.summed("Active a day", models.FigureActive, m.counted(), ""),
		m.standing("With a second factor", models.FigureSecondFactor, models.FigureMembers, ""),
		m.standing("With a passkey", models.FigurePasskey, models.FigureMembers, ""),
		m.summed("Sign-ins failed", models.FigureSignInFailed, 1, auditSearch("outcome", models.OutcomeFailure, auth.AuditSignIn)),
	}
}

// counted is how many of the days there are figures of.
func (m month) counted() (days int64) {
	since := m.Since()
	for _, day := range m.days {
		if models.Day(day) >= since {
			days++
		}
	}
	return max(days, 1)
}

// standing is a figure that each day has anew: as it is now, and as it was before these days. of makes it a share.
func (m month) standing(label, figure, of, href string) views.Figure {
	now, _ := m.Last(figure, m.earlier, m.last)
	before, known := m.Last(figure, m.earlier, m.eve)
	if of == "" {
		return views.Figure{Label: label, Value: now, Before: before, Compared: known, Href: href}
	}
	all, _ := m.Last(of, m.earlier, m.last)
	allBefore, _ := m.Last(of, m.earlier, m.eve)
	return views.Figure{Label: label, Value: percent(now, all), Before: percent(before, allBefore), Share: true, Compared: known, Href: href}
}

// summed is what the days have together, or on average. It is compared only with days that were all counted.
func (m month) summed(label, figure string, days int64, href string) views.Figure {
	f := views.Figure{
		Label: label, Value: rounded(m.Sum(figure, m.first, m.last), days), Span: true, Compared: m.Since() <= m.earlier, Href: href,
	}
	f.Before = rounded(m.Sum(figure, m.earlier, m.eve), days)
	return f
}

func percent(part, all int64) int64 { return rounded(100*part, max(all, 1)) }

func rounded(n, by int64) int64 { return (n + by/2) / by }
