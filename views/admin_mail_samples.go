package views

import (
	"strings"
	"time"
)

func sampleMailRows() []MailRow {
	at := sampleNow.Add(-3 * time.Hour)
	return []MailRow{
		{ID: "MAIL1", To: "ada@example.test", Kind: "password_reset", State: "sent", Answer: "2.0.0 Ok: queued as 4XB7Q21pQz", Tries: 1, Queued: at, Tried: at},
		{ID: "MAIL2", To: "a.rather.long.address.of.somebody@department.example.test", Kind: "verify_email", State: "failed", Answer: "sending SMTP MAIL FROM command: 451 4.7.1 Try again later, greylisted for another 240 seconds, see the page of our postmaster about it", Tries: 2, Queued: at, Tried: at.Add(time.Minute)},
		{ID: "MAIL3", To: "kofi@example.test", Kind: "new_sign_in", State: "given-up", Answer: "dial failed: dial tcp 192.0.2.25:587: connect: connection refused", Tries: 8, Queued: at, Tried: at.Add(4 * time.Hour)},
		{ID: "MAIL4", To: "kofi@example.test", Kind: "sign_in_link", State: "stopped", Cause: "link", Tries: 1, Queued: at, Tried: at},
		{ID: "MAIL5", To: "grace@example.test", Kind: "app.welcome", State: "waiting", Queued: sampleNow},
	}
}

// mailLogSamples are the pages about what was sent.
func mailLogSamples() []Sample {
	at, rows := operatorOn(mailsPath), sampleMailRows()
	developer := at
	developer.Dev = true
	kinds := []string{"verify_email", "password_reset", "test"}
	found := MailsPage{Query: "ada", Kind: "password_reset", State: "sent", Kinds: kinds, Rows: rows[:1], Newer: mailsPath + "?newer=c2FtcGxl"}
	list := []Sample{
		{Name: "mail-log", Page: developer.in(Mails(MailsPage{Shape: sampleShape(MailList, mailsPath), Kinds: kinds, Rows: rows, Older: mailsPath + "?older=c2FtcGxl", MayAct: true}))},
		{Name: "mail-log-found", Page: at.in(Mails(found))},
		{Name: "mail-log-none", Page: at.in(Mails(MailsPage{Kinds: kinds}))},
		{Name: "mail-log-none-of-this", Page: at.in(Mails(MailsPage{State: "failed", Kinds: kinds})), OtherWords: true},
		{Name: "mail-log-rejected", Page: at.in(Mails(MailsPage{Kinds: kinds, Errors: Errors{"q": "Use at most 254 characters"}})), OtherWords: true},
		{Name: "mail-test", Page: operatorOn(testMailPath).in(TestMail())},
		{Name: "member-mails", Page: operatorOn(memberPath("M1") + "/mails").in(MemberMails(MemberMailsPage{MemberHead: sampleHead(), Rows: rows[:2], Stopped: true}))},
		{Name: "member-mails-none", Page: operatorOn(memberPath("M1") + "/mails").in(MemberMails(MemberMailsPage{MemberHead: sampleHead()})), OtherWords: true},
	}
	return append(append(list, oneMailSamples(rows)...), stoppedSamples()...)
}

func oneMailSamples(rows []MailRow) []Sample {
	at := func(row MailRow) Page { return operatorOn(row.path()) }
	failed := MailPage{MailRow: rows[1], MemberID: "M2", Member: rows[1].To, Next: sampleNow.Add(time.Minute), MayRetry: true, MayAct: true, SendAgain: actPath("M2", "resend_verification")}
	rejected := ReasonForm{Version: "v1", Reason: "Why", Errors: Errors{"reason": "Say why in at least 10 characters"}}
	return []Sample{
		{Name: "mail", Page: at(rows[1]).in(Mail(failed))},
		{Name: "mail-waiting", Page: at(rows[4]).in(Mail(MailPage{MailRow: rows[4]})), OtherWords: true},
		{Name: "mail-stopped", Page: at(rows[3]).in(Mail(MailPage{MailRow: rows[3], Stopped: true, MayAct: true})), OtherWords: true},
		{Name: "mail-gone", Page: at(rows[2]).in(Mail(MailPage{MailRow: rows[2], MemberID: "M4", Member: "Kofi", MayAct: true})), OtherWords: true},
		{Name: "mail-retry", Page: at(rows[1]).in(RetryMail(RetryMailPage{Mail: rows[1], Form: ReasonForm{Version: "v1"}}))},
		{Name: "mail-retry-rejected", Page: at(rows[1]).in(RetryMail(RetryMailPage{Mail: rows[1], Changed: true, Form: rejected})), OtherWords: true},
	}
}

// stoppedSamples are the list of addresses that nothing is sent to, and the questions about one.
func stoppedSamples() []Sample {
	at, ask := operatorOn(stoppedPath), operatorOn(stopPath)
	rows := []StoppedRow{
		{"kofi@example.test", "They asked for it by phone", "grace@example.test", sampleNow.AddDate(0, 0, -3)},
		{strings.Repeat("a", 60) + "@department.example.test", "Every mail comes back: there is no such mailbox any more, and nobody answers the phone", "", sampleNow},
	}
	form := StopAddressForm{ReasonForm: ReasonForm{Version: "v1"}, Address: "kofi@example.test"}
	rejected := form
	rejected.Reason, rejected.Errors = "Why", Errors{"reason": "Say why in at least 10 characters"}
	return []Sample{
		{Name: "stopped", Page: at.in(StoppedAddresses(StoppedAddressesPage{Shape: sampleShape(StoppedList, stoppedPath), Rows: rows, Older: stoppedPath + "?older=c2FtcGxl", MayAct: true}))},
		{Name: "stopped-none", Page: at.in(StoppedAddresses(StoppedAddressesPage{}))},
		{Name: "stop-which", Page: ask.in(StopAddress(StopAddressPage{}))},
		{Name: "stop-which-rejected", Page: ask.in(StopAddress(StopAddressPage{Form: StopAddressForm{ReasonForm: ReasonForm{Errors: Errors{"address": "Enter an email address such as name@example.com"}}, Address: "kofi"}})), OtherWords: true},
		{Name: "stop", Page: ask.in(StopAddress(StopAddressPage{Known: true, Form: form}))},
		{Name: "stop-rejected", Page: ask.in(StopAddress(StopAddressPage{Known: true, Changed: true, Form: rejected})), OtherWords: true},
		{Name: "allow", Page: operatorOn(allowPath).in(StopAddress(StopAddressPage{Allow: true, Known: true, Form: form}))},
	}
}
