package views

import "time"

func sampleReview() []ReviewRow {
	long := "dial tcp 192.0.2.25:587: connect: connection refused, and the server that should have answered is a-rather-long-name.department.example.test"
	return []ReviewRow{
		{ID: "R1", Kind: "lockouts", About: AuditParty{Label: "From 203.0.113.7"}, Severity: "Warning", Times: 12, Since: sampleNow.Add(-2 * time.Hour), Last: sampleNow.Add(-5 * time.Minute), State: "open", Cure: auditPath + "?address=203.0.113.7", MayDecide: true},
		{ID: "R2", Kind: "operators_without_factor", About: AuditParty{Label: "a.rather.long.address.of.somebody@department.example.test", Member: "M2"}, Detail: "administrator", Severity: "Warning", Times: 1, Since: sampleNow.AddDate(0, 0, -3), Last: sampleNow.AddDate(0, 0, -3), State: "open", Cure: memberPath("M2"), MayDecide: true},
		{ID: "R3", Kind: "audit_unsealed", Severity: "Alert", Times: 1, Since: sampleNow.Add(-7 * time.Minute), Last: sampleNow.Add(-7 * time.Minute), State: "open", Cure: chainPath, MayDecide: true},
		{ID: "R4", Kind: "doctor", About: AuditParty{Label: "mail"}, Detail: long, Severity: "Alert", Times: 1, Since: sampleNow.Add(-time.Hour), Last: sampleNow.Add(-time.Hour), State: "open"},
		{ID: "R5", Kind: "jobs_given_up", About: AuditParty{Label: "duty: sweep-people"}, Severity: "Warning", Times: 1000, Since: sampleNow.AddDate(0, 0, -2), Last: sampleNow.Add(-time.Minute), State: "open", Cure: jobsPath + "?state=given-up"},
	}
}

// reviewSamples are what needs a person, in every state, and the questions that set it aside.
func reviewSamples() []Sample {
	rows := sampleReview()
	at, ask := operatorOn(reviewPath), operatorOn(rows[0].path("snooze"))
	at.Review = len(rows)
	snoozed, acknowledged := rows[0], rows[1]
	snoozed.State, snoozed.By, snoozed.Until = "snoozed", AuditParty{Label: "Grace Adjei"}, sampleNow.Add(time.Hour)
	acknowledged.State, acknowledged.By = "acknowledged", AuditParty{Label: "Grace Adjei"}
	rejected := ReviewActForm{ReasonForm: ReasonForm{Version: "v1", Reason: "Why", Errors: Errors{"reason": "Say why in at least 10 characters"}}}
	flooded := operatorOn(adminPath)
	flooded.Review = ReviewMost + 1
	return []Sample{
		{Name: "review", Page: at.in(Review(ReviewPage{Shape: sampleShape(ReviewList, reviewPath), State: "open", Rows: rows, Older: reviewPath + "?older=c2FtcGxl"}))},
		{Name: "review-none", Page: operatorOn(reviewPath).in(Review(ReviewPage{State: "open"}))},
		{Name: "review-snoozed", Page: at.in(Review(ReviewPage{State: "snoozed", Rows: []ReviewRow{snoozed}}))},
		{Name: "review-acknowledged", Page: at.in(Review(ReviewPage{State: "acknowledged", Rows: []ReviewRow{acknowledged}})), OtherWords: true},
		{Name: "review-none-aside", Page: at.in(Review(ReviewPage{State: "snoozed"})), OtherWords: true},
		{Name: "review-acknowledge", Page: ask.in(ReviewAct(ReviewActPage{Row: rows[1], Form: ReviewActForm{ReasonForm: ReasonForm{Version: "v1"}}}))},
		{Name: "review-acknowledge-rejected", Page: ask.in(ReviewAct(ReviewActPage{Row: rows[1], Changed: true, Form: rejected})), OtherWords: true},
		{Name: "review-snooze", Page: ask.in(ReviewAct(ReviewActPage{Row: rows[0], Snooze: true, Form: ReviewActForm{ReasonForm: ReasonForm{Version: "v1"}}}))},
		{Name: "review-snooze-rejected", Page: ask.in(ReviewAct(ReviewActPage{Row: rows[3], Snooze: true, Form: rejected})), OtherWords: true},
		{Name: "admin-flooded", Page: flooded.in(Overview(OverviewPage{})), OtherWords: true},
	}
}
