package views

import "time"

// auditSamples are the pages of the audit log in every state.
func auditSamples() []Sample {
	at := operatorOn(auditPath)
	full := AuditPage{Shape: sampleShape(AuditList, auditPath), Families: sampleFamilies(), Rows: sampleAuditRows(), Older: auditPath + "?older=c2FtcGxl", MayExport: true, Views: sampleAuditViews()[:1]}
	found := full
	found.Form = AuditForm{Person: "ada", Part: "target", What: []string{"auth.sign_in", "admin"}, Outcome: "failure", Operators: true, Address: "192.0.2.0/24", Days: 7}
	found.Meant, found.Newer = []AuditParty{{Label: "Ada Osei", Member: "M1"}, {Label: "adamant@example.test", Member: "M9"}}, auditPath+"?newer=c2FtcGxl"
	nothing := AuditPage{Families: sampleFamilies(), Form: AuditForm{Person: "nobody@example.test"}}
	rejected := AuditPage{Families: sampleFamilies(), Form: AuditForm{Person: "a", Address: "192.0.2", Errors: Errors{
		"person": "More than 10 members fit. Type more of the address or name", "address": "Enter an address such as 192.0.2.1, or a range such as 192.0.2.0/24",
	}}}
	kept := at
	kept.Flash = FlashSearchKept
	return append(auditRecordSamples(),
		Sample{Name: "audit", Page: at.in(Audit(full))},
		Sample{Name: "audit-found", Page: kept.in(Audit(found))},
		Sample{Name: "audit-none-of-this", Page: at.in(Audit(nothing))},
		Sample{Name: "audit-none", Page: at.in(Audit(AuditPage{Families: sampleFamilies()}))},
		Sample{Name: "audit-rejected", Page: at.in(Audit(rejected))},
		Sample{Name: "audit-views", Page: operatorOn(auditViewsPath).in(AuditViews(sampleAuditViews()))},
		Sample{Name: "audit-views-none", Page: operatorOn(auditViewsPath).in(AuditViews(nil))},
		Sample{Name: "audit-view-keep", Page: operatorOn(auditViewsPath + "/new").in(KeepAuditView(AuditViewForm{Query: "operators=on"}))},
		Sample{Name: "audit-view-keep-rejected", Page: operatorOn(auditViewsPath + "/new").in(KeepAuditView(AuditViewForm{Query: "operators=on", Shared: true, Errors: Errors{"name": "Enter a name"}}))},
		Sample{Name: "audit-view-remove", Page: operatorOn(auditViewsPath + "/V2/remove").in(RemoveAuditView(sampleAuditViews()[1]))},
	)
}

// auditRecordSamples are one event and the chain.
func auditRecordSamples() []Sample {
	rows := sampleAuditRows()
	event := AuditEventPage{
		AuditRow: rows[1], Reason: "They asked by telephone", UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0", Request: "R5OCDGYPSFCM6NI5VWME7PWWJ3",
		Session: "S7OCDGYPSFCM6NI5VWME7PWWJ3", Changes: []AuditChange{{"Name", "Ada O.", "Ada Osei"}, {"Until", "", "2026-12-01"}}, Details: []AuditDetail{{"Sessions ended", "3"}},
		SameRequest: rows[2:3], Seal: 812, Sealed: &AuditSealed{Rows: 412, First: sampleNow.Add(-time.Hour), Last: sampleNow, At: sampleNow},
	}
	open, unsealed := AuditEventPage{AuditRow: rows[0], Method: "password"}, event
	unsealed.Sealed = nil
	chain := AuditChainPage{Seal: 812, Until: sampleNow.Add(-time.Minute), SealedAt: sampleNow, Open: "3 rows", MayVerify: true}
	checked, broken := chain, chain
	passed, fault := sampleCheck("whole"), sampleCheck("broken")
	checked.Check, broken.Check, broken.Running = &passed, &fault, passed.path()
	runs, checkAt := operatorOn(chainPath), operatorOn(passed.path())
	runs.Flash = FlashCheckRuns
	return []Sample{
		{Name: "audit-event", Page: operatorOn(auditEventPath("E2")).in(AuditEvent(event))},
		{Name: "audit-event-open", Page: operatorOn(auditEventPath("E1")).in(AuditEvent(open))},
		{Name: "audit-event-unsealed", Page: operatorOn(auditEventPath("E2")).in(AuditEvent(unsealed))},
		{Name: "audit-chain", Page: operatorOn(chainPath).in(AuditChain(checked))},
		{Name: "audit-chain-broken", Page: runs.in(AuditChain(broken))},
		{Name: "audit-chain-unchecked", Page: operatorOn(chainPath).in(AuditChain(chain))},
		{Name: "audit-chain-new", Page: operatorOn(chainPath).in(AuditChain(AuditChainPage{Open: "Nothing: every row is sealed"}))},
		{Name: "audit-verify", Page: operatorOn(verifyPath).in(AuditVerify(AuditVerifyForm{}))},
		{Name: "audit-verify-rejected", Page: operatorOn(verifyPath).in(AuditVerify(AuditVerifyForm{Seals: "range", From: "9", To: "2", Errors: Errors{"from": "Enter the numbers of two seals that there are, the first one before the last"}}))},
		{Name: "audit-check", Page: checkAt.in(AuditCheckProgress(AuditCheckPage{AuditCheck: sampleCheck("running"), MayCancel: true}))},
		{Name: "audit-check-whole", Page: checkAt.in(AuditCheckProgress(AuditCheckPage{AuditCheck: passed})), OtherWords: true},
		{Name: "audit-check-broken", Page: checkAt.in(AuditCheckProgress(AuditCheckPage{AuditCheck: fault}))},
		{Name: "audit-check-cancelled", Page: checkAt.in(AuditCheckProgress(AuditCheckPage{AuditCheck: sampleCheck("cancelled")})), OtherWords: true},
		{Name: "audit-check-empty", Page: checkAt.in(AuditCheckProgress(AuditCheckPage{AuditCheck: AuditCheck{ID: "C1", State: "whole", Began: sampleNow, Moved: sampleNow, By: AuditParty{Label: "The house itself"}, First: 1}})), OtherWords: true},
		{Name: "audit-check-cancel", Page: operatorOn(passed.path() + "/cancel").in(CancelAuditCheck(sampleCheck("running")))},
	}
}

func sampleCheck(state string) AuditCheck {
	check := AuditCheck{ID: "C1", State: state, Began: sampleNow.Add(-time.Hour), Moved: sampleNow, By: AuditParty{Label: "Grace Adjei", Member: "M3"}, First: 1, Last: 4812, Seals: 1220, Rows: 48120}
	if state == "broken" {
		check.Finding, check.Row = "seal 1221: row R5OCDGYPSFCM6NI5VWME7PWWJ3 is not what the program wrote", "R5OCDGYPSFCM6NI5VWME7PWWJ3"
		check.FaultFrom, check.FaultUntil = sampleNow.Add(-2*time.Hour), sampleNow.Add(-time.Hour)
	}
	return check
}

func sampleAuditRows() []AuditRow {
	ada, grace := AuditParty{Label: "Ada Osei", Member: "M1"}, AuditParty{Label: "Grace Adjei", Member: "M3"}
	return []AuditRow{
		{ID: "E1", What: "Sign-in refused", Code: "auth.sign_in", Outcome: "Failed", At: sampleNow.Add(-time.Minute), Who: AuditParty{Label: "Somebody not signed in"}, About: ada, Address: "192.0.2.77"},
		{ID: "E2", What: "Name changed", Code: "admin.member.rename", Outcome: "Succeeded", At: sampleNow.Add(-time.Hour), Who: grace, As: ada, About: ada, Address: "2001:db8:85a3:8d3:1319:8a2e:370:7348"},
		{ID: "E3", What: "An authorization code was used twice", Code: "oauth.code.replay", Severity: "Alert", Outcome: "Failed", At: sampleNow.Add(-2 * time.Hour), Who: AuditParty{Label: "A client", Code: "demo-client"}, About: AuditParty{Label: "An account that is gone", Code: "U7OCDGYPSFCM6NI5VWME7PWWJ3"}, Address: "198.51.100.7"},
		{ID: "E4", What: "Account suspended", Code: "admin.member.suspend", Outcome: "Refused", At: sampleNow.AddDate(0, 0, -1), Who: AuditParty{Label: "a.rather.long.address.of.somebody@department.example.test", Member: "M2"}, About: AuditParty{Label: "Themselves"}, Address: "192.0.2.1"},
		{ID: "E5", What: "Account locked", Code: "auth.lock", Severity: "Warning", Outcome: "Succeeded", At: sampleNow.AddDate(0, 0, -2), Who: AuditParty{Label: "The system"}, About: ada},
	}
}

func sampleFamilies() []AuditFamily {
	return []AuditFamily{
		{"auth", []AuditAction{{"auth.sign_in", "Signed in"}, {"auth.sign_out", "Signed out"}, {"auth.lock", "Account locked"}}},
		{"passkey", []AuditAction{{"passkey.add", "Passkey added"}}},
		{"admin", []AuditAction{{"admin.member.rename", "Name changed"}, {"admin.member.suspend", "Account suspended"}}},
		{"app", nil},
	}
}

func sampleAuditViews() []AuditView {
	return []AuditView{
		{ID: "V1", Name: "What support did", Query: "operators=on", Own: true, Preferred: true},
		{ID: "V2", Name: "A search with a rather long name for what it does", Query: "outcome=failure", Own: true, Shared: true},
		{ID: "V3", Name: "Of somebody else", Query: "days=1", Shared: true},
	}
}
