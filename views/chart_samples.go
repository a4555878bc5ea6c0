package views

// sampleFigures are those of the overview, in each of their ways.
func sampleFigures() []Figure {
	return []Figure{
		{Label: "Members", Value: 12431, Before: 12090, Compared: true, Href: membersPath},
		{Label: "New members", Value: 402, Before: 460, Span: true, Compared: true, Href: membersPath},
		{Label: "Active a day", Value: 3120, Before: 3120, Span: true, Compared: true},
		{Label: "With a second factor", Value: 61, Before: 58, Share: true, Compared: true},
		{Label: "With a passkey", Value: 34, Share: true},
		{Label: "Sign-ins failed", Value: 1204, Before: 980, Span: true, Compared: true, Href: auditPath},
	}
}

// sampleChart is a month of sign-ins: its first days were not counted, and one of them was bad.
func sampleChart() Chart {
	c := Chart{ID: "sign-ins", Title: "Sign-ins by day", Of: "Day", Series: []ChartSeries{{"Signed in", "primary"}, {"Failed", "error"}, {"Stopped", "warning"}}}
	for i := range 30 {
		p := ChartPoint{Label: sampleNow.AddDate(0, 0, i-29).Format("2 Jan")}
		if i > 2 {
			weekday := int64(i * 5 % 7)
			p.Values = []int64{900 + 140*weekday, 40 + 9*weekday, weekday}
		}
		if i == 21 {
			p.Values = []int64{700, 930, 310}
		}
		c.Points = append(c.Points, p)
	}
	return c
}

func sampleBars() Chart {
	c := Chart{ID: "new-members", Title: "New members by day", Of: "Day", Series: []ChartSeries{{"New members", "primary"}}}
	for i := range 30 {
		c.Points = append(c.Points, ChartPoint{Label: sampleNow.AddDate(0, 0, i-29).Format("2 Jan"), Values: []int64{int64(i * 7 % 19)}})
	}
	return c
}

// sampleWork is what the house did: nearly all went well.
func sampleWork() Chart {
	c := Chart{ID: "jobs", Title: "Jobs by day", Of: "Day", Series: []ChartSeries{{"Done", "primary"}, {"Given up", "error"}, {"Tried again", "warning"}}}
	for i := range 30 {
		p := ChartPoint{Label: sampleNow.AddDate(0, 0, i-29).Format("2 Jan"), Values: []int64{14200 + int64(i*311%977), 0, 0}}
		if i%9 == 4 {
			p.Values[1], p.Values[2] = 3, 41
		}
		c.Points = append(c.Points, p)
	}
	return c
}

func sampleDayCharts() []Chart { return []Chart{sampleChart(), sampleBars(), sampleWork()} }

// smallCharts are those of the overview: the last was not counted.
func smallCharts() []Chart {
	active, work, none := sampleBars(), sampleWork(), emptyChart()
	active.ID, active.Title, active.Peak = "active", "Active people", true
	work.Title, none.Title = "Jobs", "Tokens issued"
	list := []Chart{active, work, none}
	for i := range list {
		list[i].Small = true
	}
	return list
}

// emptyChart has nothing to show yet.
func emptyChart() Chart {
	return Chart{ID: "nothing", Title: "Sign-ins by day", Of: "Day", Series: []ChartSeries{{"Signed in", "primary"}}, Points: []ChartPoint{{Label: "27 Nov"}}}
}
