package models

// The figures of a day. A name stays what it is: rows of years carry it.
const (
	FigureMembers      = "members"               // accounts at the last count of the day
	FigureSecondFactor = "members.second_factor" // of these, with a second factor
	FigurePasskey      = "members.passkey"       // of these, with a passkey
	FigureNewMembers   = "members.new"           // accounts made that day, by themselves or by an operator
	FigureActive       = "active"                // people who were here that day
	FigureSignUps      = "sign_ups"
	FigureSignedIn     = "sign_ins.done"
	FigureSignInFailed = "sign_ins.failed"  // what was shown was wrong
	FigureSignInHeld   = "sign_ins.stopped" // a limit, a lock or a suspension kept somebody out
	FigureFailures     = "failures"         // rows of the audit log that are no success

	FigureJobsDone     = "jobs.done"
	FigureJobsFailed   = "jobs.failed"   // tries, the last ones too
	FigureJobsGivenUp  = "jobs.given_up" // jobs that are not tried again
	FigureMailsSent    = "mails.sent"
	FigureMailsFailed  = "mails.failed"   // tries, the last ones too
	FigureMailsGivenUp = "mails.given_up" // mails that are not tried again
	FigureTokens       = "tokens"         // oauth
)
