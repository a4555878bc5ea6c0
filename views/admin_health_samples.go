package views

import "time"

// healthSamples are the page of health: on a bad day, on a good one, and before anything is known.
func healthSamples() []Sample {
	at := operatorOn(healthPath)
	facts := []HealthFacts{
		{"Database", []HealthFact{{Label: "Kind", Value: "SQLite"}, {Label: "Answers in", Value: "0.4 ms"}, {Label: "Size", Value: "1.2 GiB"}, {Label: "Write-ahead log", Value: "4.1 MiB"}}},
		{"Work", []HealthFact{{Label: "Jobs waiting", Value: "12", Href: jobsPath}, {Label: "Oldest waits for", Value: "7 minutes"}, {Label: "Mails, last hour", Value: "40 sent, 12 tries failed"}}},
		{"Program", []HealthFact{{Label: "Version", Value: "1.0.0-rc.1+build.20261123.f00dfeedf00dfeedf00dfeedf00dfeed"}, {Label: "Runs since", Value: "22 Nov 2026, 08:30 UTC, version 1.0.0"}}},
	}
	bad := HealthPage{
		Checked: sampleNow.Add(-2 * time.Minute), Span: "24h", Facts: facts,
		Findings: []HealthFinding{
			{"ok", "configuration", "production", ""}, {"ok", "database", "sqlite", ""}, {"error", "mail", "SMTP_URL is not set: no mail leaves", "set SMTP_URL and MAIL_FROM"},
			{"warning", "cookies", "every host under an-organisation-with-a-long-name.example.test receives the session cookie", "leave COOKIE_DOMAIN empty unless subdomains need it"},
		},
		Speed: []HealthSpeed{
			{"", 49510, 4, 2300 * time.Microsecond, 24 * time.Millisecond},
			{"product", 48210, 3, 2100 * time.Microsecond, 18 * time.Millisecond}, {"sign-in", 1204, 0, 88 * time.Millisecond, 310 * time.Millisecond}, {"admin", 96, 1, 4 * time.Millisecond, 2300 * time.Millisecond},
		},
		Charts: []Chart{sampleDay("requests", "Requests", ""), sampleDay("slow", "95 % answered within", "ms"), {ID: "mails", Title: "Mails"}},
	}
	good := bad
	good.Findings, good.Span, good.Group = bad.Findings[:2], "7d", "sign-in"
	return []Sample{
		{Name: "health", Page: at.in(Health(bad))},
		{Name: "health-well", Page: at.in(Health(good))},
		{Name: "health-new", Page: at.in(Health(HealthPage{Span: "24h", Facts: facts, Charts: bad.Charts[2:]}))},
	}
}

// sampleDay is a day in half hours, with a night and an hour in which nothing ran.
func sampleDay(id, title, unit string) Chart {
	c := Chart{ID: id, Title: title, Of: "From", Unit: unit, Peak: unit != "", Series: []ChartSeries{{"Answered", "primary"}, {"Failed", "error"}}}
	if unit != "" {
		c.Series = []ChartSeries{{"All pages", "primary"}}
	}
	for i := range 48 {
		p := ChartPoint{Label: sampleNow.Truncate(24 * time.Hour).Add(time.Duration(i) * 30 * time.Minute).Format("15:04")}
		if i != 30 && i != 31 {
			busy := int64(40 + 30*(24-max(i-24, 24-i)))
			p.Values = []int64{busy, busy / 60}[:len(c.Series)]
		}
		c.Points = append(c.Points, p)
	}
	return c
}
