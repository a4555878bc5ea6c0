package views

import (
	"context"
	"slices"
	"time"
)

func operatorOn(path string) Page {
	return Page{Path: path, SignedIn: true, Name: "Grace Adjei", Email: "grace@example.test", Role: "administrator"}
}

// adminSamples are the operator's pages.
func adminSamples() []Sample {
	return slices.Concat(memberListSamples(), batchSamples(), memberSamples(), allSessionsSamples(), viewSamples(), jobSamples(), healthSamples(), mailLogSamples(), memberNoteSamples(), reviewSamples(), settingSamples(), auditSamples(), adminErrorSamples())
}

// allSessionsSamples are the list of everybody's sessions, and the question about an address.
func allSessionsSamples() []Sample {
	at, end := operatorOn(allSessionsPath), operatorOn(endFromPath)
	var rows []AllSessionsRow
	for _, row := range sampleSessions() {
		rows = append(rows, AllSessionsRow{SessionRow: row, Strength: "aal1", MemberID: "M1", Member: "a.rather.long.address.of.somebody@department.example.test", Ends: sampleNow.Add(20 * time.Hour)})
	}
	view := rows[0]
	view.View, view.Operator = "V1", "a.rather.long.address.of.an.operator@department.example.test"
	found := SessionsForm{Member: "ada@example.test", Address: "203.0.113.0/24", Kind: "person", Strength: "aal2", From: "2026-01-01", To: "2026-03-31"}
	rejected := SessionsForm{Address: "there", From: "2026-03-01", To: "2026-01-01", Errors: Errors{"address": "Enter an address such as 192.0.2.1, or a range such as 192.0.2.0/24", "from": "Choose two days, the earlier one first"}}
	return []Sample{
		{Name: "all-sessions", Page: at.in(AllSessions(AllSessionsPage{Shape: sampleShape(SessionList, allSessionsPath), Rows: append(rows, view), Older: allSessionsPath + "?older=c2FtcGxl"}))},
		{Name: "all-sessions-found", Page: at.in(AllSessions(AllSessionsPage{Form: found, Rows: rows[:1], MayEnd: true}))},
		{Name: "all-sessions-none", Page: at.in(AllSessions(AllSessionsPage{})), OtherWords: true},
		{Name: "all-sessions-none-of-this", Page: at.in(AllSessions(AllSessionsPage{Form: SessionsForm{Address: "203.0.113.7"}})), OtherWords: true},
		{Name: "all-sessions-rejected", Page: at.in(AllSessions(AllSessionsPage{Form: rejected}))},
		{Name: "end-from", Page: end.in(EndFrom(EndFromPage{Sessions: 4, Members: 2, Form: EndFromForm{ReasonForm: ReasonForm{Version: "v1"}, Address: "203.0.113.7"}}))},
		{Name: "end-from-range", Page: end.in(EndFrom(EndFromPage{Sessions: 1000, Members: 870, More: true, Form: EndFromForm{ReasonForm: ReasonForm{Version: "v1"}, Address: "203.0.113.0/24"}})), OtherWords: true},
		{Name: "end-from-rejected", Page: end.in(EndFrom(EndFromPage{Sessions: 4, Members: 2, Changed: true, Form: EndFromForm{ReasonForm: ReasonForm{Version: "v1", Reason: "Why", Errors: Errors{"reason": "Say why in at least 10 characters"}}, Address: "203.0.113.7"}})), OtherWords: true},
	}
}

func sampleDuties() []DutyRow {
	return []DutyRow{
		{Name: "seal-audit", Every: 10 * time.Second, Last: sampleNow.Add(-4 * time.Second), Next: sampleNow.Add(6 * time.Second), Took: 30 * time.Millisecond},
		{Name: "sweep-people", Every: 5 * time.Minute, Last: sampleNow.Add(-6 * time.Minute), Next: sampleNow.Add(-time.Minute), Took: 12 * time.Second, Failed: true},
		{Name: "review", Every: time.Minute, Last: sampleNow.Add(-time.Minute), Next: sampleNow, Busy: true}, {Name: "check-audit", Every: time.Hour},
	}
}

func sampleWorkers() []WorkerRow {
	return []WorkerRow{{ID: "0198f3c2a7b4", Version: "1.4.0", Started: sampleNow.Add(-50 * time.Hour), Seen: sampleNow.Add(-20 * time.Second)}}
}

// jobSamples are the pages about work.
func jobSamples() []Sample {
	failed := JobRow{ID: 4711, Kind: "mail", Queue: "default", State: "given-up", Attempt: 8, MaxAttempts: 8, Created: sampleNow.Add(-5 * time.Hour), Next: sampleNow, Finished: sampleNow.Add(-time.Hour), Faults: []JobFaultRow{
		{sampleNow.Add(-2 * time.Hour), 7, "deliver mail verify_email: dial tcp 192.0.2.25:587: connect: connection refused"}, {sampleNow.Add(-time.Hour), 8, "deliver mail verify_email: 550 5.1.1 no such mailbox"},
	}}
	duty := JobRow{ID: 4712, Kind: "duty", About: "sweep-people", State: "scheduled", MaxAttempts: 1, Created: sampleNow, Next: sampleNow.Add(time.Minute)}
	queues := []QueueRow{{Name: "default"}}
	duties, workers := sampleDuties(), sampleWorkers()
	jobs, one := operatorOn(jobsPath), operatorOn(failed.path())
	return []Sample{
		{Name: "jobs", Page: jobs.in(Jobs(JobsPage{Shape: sampleShape(JobList, jobsPath), State: "given-up", Rows: []JobRow{failed, duty}, Queues: queues, Older: jobsPath + "?older=c2FtcGxl", Kinds: []string{"duty", "mail"}, Duties: duties, Workers: workers, MayAct: true}))},
		{Name: "jobs-none", Page: jobs.in(Jobs(JobsPage{State: "given-up", Queues: []QueueRow{{Name: "default", Paused: true}}, Duties: duties[3:], MayAct: true}))},
		{Name: "jobs-none-of-this", Page: jobs.in(Jobs(JobsPage{State: "running", Queues: queues})), OtherWords: true},
		{Name: "jobs-none-found", Page: jobs.in(Jobs(JobsPage{State: "scheduled", Kind: "mail", Queue: "default", Queues: queues, Duties: duties, Workers: workers})), OtherWords: true},
		{Name: "job", Page: one.in(Job(JobPage{JobRow: failed, Acts: []string{"retry", "delete"}}))},
		{Name: "job-new", Page: one.in(Job(JobPage{JobRow: duty})), OtherWords: true},
		{Name: "job-delete", Page: one.in(JobAct(JobActPage{Act: "delete", Job: failed, Form: ReasonForm{Version: "v1"}}))},
		{Name: "job-retry-rejected", Page: one.in(JobAct(JobActPage{Act: "retry", Job: failed, Changed: true, Form: ReasonForm{Version: "v1", Reason: "Why", Errors: Errors{"reason": "Say why in at least 10 characters"}}})), OtherWords: true},
		{Name: "job-cancel", Page: one.in(JobAct(JobActPage{Act: "cancel", Job: duty})), OtherWords: true},
		{Name: "duty-run", Page: jobs.in(RunDuty(RunDutyPage{Duty: "sweep-people"})), OtherWords: true},
		{Name: "duty-run-rejected", Page: jobs.in(RunDuty(RunDutyPage{Duty: "sweep-people", Form: ReasonForm{Reason: "Why", Errors: Errors{"reason": "Say why in at least 10 characters"}}})), OtherWords: true},
		{Name: "queue-pause", Page: jobs.in(PauseQueue(PauseQueuePage{Queue: "default", Pause: true})), OtherWords: true},
		{Name: "queue-resume", Page: jobs.in(PauseQueue(PauseQueuePage{Queue: "default"})), OtherWords: true},
	}
}

// viewSamples are the pages around viewing as a member, and one with the banner.
func viewSamples() []Sample {
	at := operatorOn(memberPath("M1") + "/view-as")
	page := ViewAsPage{Member: sampleHead(), MayChange: true, PublicReasons: []string{"You asked for help", "A security check"}, Form: ViewAsForm{ReasonForm: ReasonForm{Version: "v1"}}}
	rejected, viewed, support := page, page, page
	rejected.Form.Errors = Errors{"public_reason": "Choose what the member is told", "reason": "Say why in at least 10 characters"}
	viewed.Viewed, support.MayChange, support.ToldAtStart = true, false, true
	stopped := ViewPage{
		ID: "V1", Member: sampleHead(), OperatorID: "M3", Operator: "Grace Adjei", Role: "administrator", Reason: "They asked for it by phone, ticket 4711", PublicReason: "You asked for help",
		Started: sampleNow.Add(-12 * time.Minute), Ends: sampleNow.Add(18 * time.Minute), Ended: sampleNow, Pages: 7, Writes: true, Changes: []ViewChange{{sampleNow.Add(-3 * time.Minute), "POST /notes"}},
	}
	running := stopped
	running.Ended, running.Changes, running.Writes, running.Running, running.MayStop = time.Time{}, nil, false, true, true
	late := operatorOn("/notes")
	late.Flash = FlashViewOver
	viewing := member("/dashboard")
	viewing.Viewing = &Viewing{Email: "a.rather.long.address.of.somebody@department.example.test", Ends: sampleNow.Add(26 * time.Minute)}
	return []Sample{
		{Name: "view-as", Page: at.in(ViewAs(page))},
		{Name: "view-as-rejected", Page: at.in(ViewAs(rejected))},
		{Name: "view-as-viewed", Page: at.in(ViewAs(viewed)), OtherWords: true},
		{Name: "view-as-support", Page: at.in(ViewAs(support)), OtherWords: true},
		{Name: "view-stopped", Page: operatorOn(viewPath("V1")).in(View(stopped))},
		{Name: "view-running", Page: operatorOn(viewPath("V1")).in(View(running))},
		{Name: "view-stop", Page: operatorOn(viewPath("V1")).in(StopView(StopViewPage{View: running, Form: ReasonForm{Version: "v1"}}))},
		{Name: "view-stop-rejected", Page: operatorOn(viewPath("V1")).in(StopView(StopViewPage{View: running, Changed: true, Form: ReasonForm{Version: "v1", Reason: "Why", Errors: Errors{"reason": "Say why in at least 10 characters"}}})), OtherWords: true},
		{Name: "view-stop-over", Page: operatorOn(viewPath("V1")).in(StopView(StopViewPage{View: stopped, Changed: true}))},
		{Name: "view-over", Page: late.in(Notes(NotesPage{})), OtherWords: true},
		{Name: "viewing", Page: viewing.in(Notes(NotesPage{}))},
	}
}

func memberListSamples() []Sample {
	overview := OverviewPage{Figures: sampleFigures(), Charts: sampleDayCharts()[:2], Small: smallCharts(), Acts: sampleAuditRows()[:2], Health: HealthPage{Checked: sampleNow, Findings: []HealthFinding{{"warning", "disk", "", ""}, {Level: "ok"}}}}
	first := OverviewPage{Figures: []Figure{{Label: "Members", Value: 1}, {Label: "New members", Value: 1, Span: true}}, Charts: []Chart{emptyChart()}, Small: []Chart{emptyChart()}, Health: HealthPage{Checked: sampleNow, Findings: []HealthFinding{{Level: "ok"}}}}
	first.Small[0].ID, first.Small[0].Small = "small", true
	rows, counts := sampleMembers(), []MemberCount{{"", 12431}, {"unverified", 240}, {"locked", 3}, {"suspended", 1}, {"reset-required", 0}, {"operator", 4}}
	return []Sample{
		{Name: "admin", Page: operatorOn(adminPath).in(Overview(overview))},
		{Name: "admin-new", Page: operatorOn(adminPath).in(Overview(OverviewPage{}))},
		{Name: "admin-first-day", Page: operatorOn(adminPath).in(Overview(first)), OtherWords: true},
		{Name: "figures", Page: operatorOn(figuresPath).in(Figures(FiguresPage{Span: "30d", Charts: append(sampleDayCharts(), emptyChart())}))},
		{Name: "figures-new", Page: operatorOn(figuresPath).in(Figures(FiguresPage{Span: "1y"}))},
		{Name: "members", Page: operatorOn(membersPath).in(Members(MembersPage{Counts: counts, Rows: rows, Older: membersPath + "?older=c2FtcGxl", Shape: sampleShape(MemberList, membersPath), MayAdd: true, MayBulk: true, MayExport: true}))},
		{Name: "members-found", Page: operatorOn(membersPath).in(Members(MembersPage{Counts: counts, Form: MembersForm{Query: "ada", State: "locked", Role: "support", Factor: "codes-low", Review: "open", JoinedFrom: "2026-01-01", JoinedTo: "2026-03-31"}, Rows: rows[:1], Newer: membersPath + "?newer=c2FtcGxl&q=ada", Shape: sampleShape(MemberList, membersPath), Partial: true}))},
		{Name: "members-bulk-rejected", Page: operatorOn(membersPath).in(Members(MembersPage{Rows: rows, MayBulk: true, Bulk: Errors{"act": "Tick members first, or take all that match"}}))},
		{Name: "members-none-of-this", Page: operatorOn(membersPath).in(Members(MembersPage{Form: MembersForm{Query: "nobody"}}))},
		{Name: "members-none", Page: operatorOn(membersPath).in(Members(MembersPage{MayAdd: true}))},
		{Name: "members-rejected", Page: operatorOn(membersPath).in(Members(MembersPage{Form: MembersForm{State: "locked", Factor: "app", SeenFrom: "2026-05-01", SeenTo: "2026-01-01", Errors: Errors{"factor": "Choose a state or a second step, or add a role or a search", "seen_from": "Choose two days, the earlier one first"}}}))},
		{Name: "member-add", Page: operatorOn(membersPath + "/new").in(NewMember(NewMemberForm{}))},
		{Name: "member-add-rejected", Page: operatorOn(membersPath + "/new").in(NewMember(NewMemberForm{ReasonForm: ReasonForm{Reason: "Help", Errors: Errors{"email": "There is an account with this address", "reason": "Say why in at least 10 characters"}}, Email: "ada@example.test", Name: "Ada Osei"}))},
	}
}

// sampleShape is a list as an operator chose to see it.
func sampleShape(l List, path string) ListShape {
	return ListShape{List: l, At: path + "?per=50", PerPage: 50}
}

func sampleMembers() []MemberRow {
	return []MemberRow{
		{ID: "M1", Name: "Ada Osei", Email: "ada@example.test", States: []string{"Locked"}, Apps: 1, Passkeys: 2, Codes: 2, Sessions: 2, LastSeen: sampleNow.Add(-2 * time.Hour), Joined: sampleNow.AddDate(-1, 0, 0)},
		{ID: "M2", Email: "a.rather.long.address.of.somebody@department.example.test", States: []string{"Not confirmed"}, Joined: sampleNow.AddDate(0, 0, -1)},
		{ID: "M3", Name: "Grace Adjei", Email: "grace@example.test", Role: "administrator", Passkeys: 1, Codes: 10, Sessions: 1, LastSeen: sampleNow, Joined: sampleNow.AddDate(-2, 0, 0)},
		{ID: "M4", Name: "Kofi", Email: "kofi@example.test", Role: "support", States: []string{"Suspended", "Reset required"}, Apps: 1, Codes: 9, LastSeen: sampleNow.AddDate(0, -1, 0), Joined: sampleNow.AddDate(0, -3, 0)},
	}
}

func sampleHead() MemberHead {
	head := MemberHead{ID: "M1", Name: "Ada Osei", Email: "ada@example.test", States: []string{"Locked"}, Joined: sampleNow.AddDate(-1, 0, 0), LastSeen: sampleNow.Add(-2 * time.Hour), Alert: MemberAlert{Fact: AlertLocked}, MayView: true, MayReadNotes: true}
	for _, act := range []string{"unlock", "send_reset", "end_sessions", "reset_factors", "suspend", "rename"} {
		head.Acts = append(head.Acts, MemberActLink{Act: act})
	}
	return head
}

func memberSamples() []Sample {
	head := sampleHead()
	record, at := memberPath("M1"), operatorOn(memberPath("M1"))
	page := MemberPage{MemberHead: head, Verified: true, HasPassword: true, MustHaveSecondStep: true, Sessions: 2, Apps: 1, Authenticators: 1, Passkeys: 2, RecoveryCodes: 8, Browsers: 1}
	suspended, fresh := page, MemberPage{MemberHead: MemberHead{ID: "M1", Email: "a.rather.long.address.of.somebody@department.example.test", States: []string{"Not confirmed"}, Joined: sampleNow, Alert: MemberAlert{Fact: AlertUnverified}}}
	suspended.States, suspended.ResetRequired = []string{"Suspended", "Reset required"}, true
	suspended.Alert = MemberAlert{AlertSuspended, sampleNow.AddDate(0, 0, 7), "Signs of a stolen account"}
	suspended.Acts = []MemberActLink{{Act: "unsuspend"}, {Act: "rename"}}
	recovering := page
	recovering.Alert, recovering.Authenticators, recovering.Passkeys, recovering.SecondStepDue = MemberAlert{Fact: AlertRecovery, Until: sampleNow.AddDate(0, 0, 5)}, 0, 0, sampleNow.AddDate(0, 0, 5)
	done := at
	done.Flash = FlashActDone
	factors := []FactorRow{
		{Target: "passkey:P1", Kind: "Passkey", Name: "Everyday key", Added: sampleNow.AddDate(0, -2, 0), LastUsed: sampleNow.Add(-time.Hour)},
		{Target: "app:A1", Kind: "Authenticator app", Name: "Work phone", Added: sampleNow.AddDate(0, -5, 0)},
	}
	sessions := sampleSessions()
	for i := range sessions {
		sessions[i].Current = false
	}
	return append(memberActSamples(head),
		Sample{Name: "member", Page: at.in(Member(page))},
		Sample{Name: "member-suspended", Page: done.in(Member(suspended))},
		Sample{Name: "member-new", Page: at.in(Member(fresh))},
		Sample{Name: "member-recovery", Page: at.in(Member(recovering)), OtherWords: true},
		Sample{Name: "member-sessions", Page: operatorOn(record + "/sessions").in(MemberSessions(MemberSessionsPage{MemberHead: head, Rows: sessions, MayEnd: true}))},
		Sample{Name: "member-sessions-none", Page: operatorOn(record + "/sessions").in(MemberSessions(MemberSessionsPage{MemberHead: head}))},
		Sample{Name: "member-factors", Page: operatorOn(record + "/factors").in(MemberFactors(MemberFactorsPage{MemberHead: head, Rows: factors, MayRemove: true}))},
		Sample{Name: "member-factors-none", Page: operatorOn(record + "/factors").in(MemberFactors(MemberFactorsPage{MemberHead: head}))},
	)
}

// memberActSamples are the question of each act, and those of one in every state.
func memberActSamples(head MemberHead) (list []Sample) {
	ask := func(act string) MemberActPage {
		return MemberActPage{Act: act, Member: head, Sessions: 3, Apps: 2, Authenticators: 1, Passkeys: 1, NeedsReason: act != "resend_verification", NeedsTyped: act == "reset_factors" || act == "grant_role", Form: MemberActForm{ReasonForm: ReasonForm{Version: "v1"}}}
	}
	add := func(name, act string, p MemberActPage) {
		list = append(list, Sample{Name: name, Page: operatorOn(actPath(head.ID, act)).in(MemberAct(p))})
	}
	for _, act := range []string{"resend_verification", "reset_factors", "suspend", "rename", "grant_role"} {
		add("member-"+act, act, ask(act))
	}
	for _, act := range []string{"unlock", "send_reset", "end_sessions", "verify", "force_reset", "lift_reset", "unsuspend", "revoke_role"} {
		add("member-"+act, act, ask(act))
		list[len(list)-1].OtherWords = true
	}
	session, factor := ask("end_session"), ask("remove_factor")
	session.About, session.Form.Target = "Firefox Linux 203.0.113.7", "S1"
	factor.About, factor.Form.Target = "Passkey: Everyday key", "passkey:P1"
	add("member-end_session", "end_session", session)
	add("member-remove_factor", "remove_factor", factor)
	rejected, changed := ask("suspend"), ask("suspend")
	rejected.Form.Reason, rejected.Form.Until, rejected.Form.Errors = "Spam", "2026-11-01", Errors{"reason": "Say why in at least 10 characters", "until": "Choose a day that is still to come, or none"}
	changed.Changed, changed.Form.Usual = true, "Signs of a stolen account"
	add("member-suspend-rejected", "suspend", rejected)
	add("member-suspend-changed", "suspend", changed)
	typed := ask("reset_factors")
	typed.Form.Typed, typed.Form.Errors = "ada", Errors{"typed": "Type the email address as it stands above"}
	add("member-reset_factors-rejected", "reset_factors", typed)
	return list
}

// operatorMailSamples are the mails about what operators did.
func operatorMailSamples(base string, where SecurityContext) []MailSample {
	reset := MailFactorData{AccountURL: base + "/account", SecurityContext: where}
	browser := MailFactorData{Name: "Firefox on Linux", AccountURL: base + "/account", SecurityContext: where}
	role := MailRoleChangedData{Member: "kofi@example.test", Role: "support", By: "grace@example.test", AdminURL: base + "/admin"}
	added := base + "/password/reset/" + sampleToken
	return []MailSample{
		{"member-added", func(ctx context.Context) (MailContent, error) {
			return MailPasswordReset(ctx, MailPasswordResetData{Link: added, TTL: time.Hour, Operator: true, Passwordless: true, Added: true})
		}, []string{added}, ""},
		{"reset-link-sent", func(ctx context.Context) (MailContent, error) {
			return MailPasswordReset(ctx, MailPasswordResetData{Link: added, TTL: time.Hour, Operator: true})
		}, []string{added}, ""},
		{"reset-required", func(ctx context.Context) (MailContent, error) {
			return MailPasswordReset(ctx, MailPasswordResetData{Link: added, TTL: time.Hour, Operator: true, Passwordless: true, Secured: true})
		}, []string{added}, ""},
		{"suspended", func(ctx context.Context) (MailContent, error) { return MailSuspended(ctx, MailSuspendedData{}) }, nil, ""},
		{"suspended-until", func(ctx context.Context) (MailContent, error) {
			return MailSuspended(ctx, MailSuspendedData{Until: sampleNow.AddDate(0, 0, 7)})
		}, nil, ""},
		{"unsuspended", func(ctx context.Context) (MailContent, error) {
			return MailUnsuspended(ctx, MailUnsuspendedData{SignInURL: base + "/login"})
		}, []string{base + "/login"}, ""},
		{"factors-reset", func(ctx context.Context) (MailContent, error) { return MailFactorsReset(ctx, reset) }, []string{reset.AccountURL, where.NotMe}, ""},
		{"browser-untrusted", func(ctx context.Context) (MailContent, error) { return MailBrowserUntrusted(ctx, browser) }, []string{reset.AccountURL, where.NotMe}, ""},
		{"test", func(ctx context.Context) (MailContent, error) {
			return MailTest(ctx, MailTestData{AdminURL: base + mailsPath + "/M1"})
		}, []string{base + mailsPath + "/M1"}, ""},
		{"account-viewed", func(ctx context.Context) (MailContent, error) {
			return MailAccountViewed(ctx, MailAccountViewedData{Role: "support", Reason: "You asked for help", Started: sampleNow.Add(-20 * time.Minute), Length: 12 * time.Minute, ActivityURL: base + activityPath})
		}, []string{base + activityPath}, ""},
		{"account-view-started", func(ctx context.Context) (MailContent, error) {
			return MailViewStarted(ctx, MailViewStartedData{Role: "administrator", Reason: "To look into a fault", Started: sampleNow, Longest: 30 * time.Minute, Changes: true, ActivityURL: base + activityPath})
		}, []string{base + activityPath}, ""},
		{"role-given", func(ctx context.Context) (MailContent, error) { return MailRoleChanged(ctx, role) }, []string{role.AdminURL}, ""},
		{"role-taken-away", func(ctx context.Context) (MailContent, error) {
			mine := role
			mine.Role, mine.By, mine.ToMember = "", "", true
			return MailRoleChanged(ctx, mine)
		}, []string{role.AdminURL}, ""},
	}
}
