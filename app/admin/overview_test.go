package admin_test

import (
	"strings"
	"testing"
	"time"

	"latchkey/app/doctor"
	"latchkey/models"
)

// overviewStatements is what the overview may ask of the database, the count of its navigation included, and besides whose
// session it is.
const overviewStatements = 6 + 1

// TestOverview (D-15): the overview says what the days say, beside the days before, and asks no more of a full database than of
// an empty one.
func TestOverview(t *testing.T) {
	eachAudit(t, time.Minute, func(st *auditSite) {
		b := st.signedIn(auditor).Visit("/admin")
		if text := b.Text(); !strings.Contains(text, "No figures yet") || strings.Contains(text, "Sign-ins by day") {
			st.Errorf("before the first day: %s", text)
		}
		b.Sees("Health: the first check is running")
		st.monthOfFigures()
		st.doctor.Note([]doctor.Finding{{Level: doctor.OK, Check: "clock"}, {Level: doctor.Warning, Check: "disk"}}, st.clock.Now())
		for i := range 12 {
			st.wrote(models.AuditEvent{Action: "admin.member.unlock", ActorKind: "operator", ActorID: st.user(administrator).ID, SubjectID: st.user(member).ID, Reason: strings.Repeat("x", i+10)})
		}
		b = st.signedIn(auditor).Visit("/admin")
		text := b.Text()
		for _, said := range []string{
			"Members 1,059 30 more than 30 days ago", "New members 30 15 more than in the 30 days before", "Active a day 10 5 more than in the 30 days before",
			"With a second factor 50 % 25 points more than 30 days ago", "With a passkey 10 % The same as 30 days ago", "Sign-ins failed 60 30 fewer than in the 30 days before",
			"Signed in 300", "Failed 60", "Stopped 30", "New members 30", "Health: 1 check of 2 did not pass",
			"Active people Active at most 10", "Jobs Done 3,000 Given up 30 Tried again 60", "Mails Sent 600 Given up 0 Tried again 30", "Failures Failed 90", "Sign-ups Nothing was counted in this time",
		} {
			if !strings.Contains(text, said) {
				st.Errorf("%q is not said in\n%s", said, text)
			}
		}
		if n := strings.Count(text, "Account unlocked"); n != 10 {
			st.Errorf("%d acts of operators", n)
		}
		if n := b.Header.Get("X-Statements"); n == "" || len(n) > 1 || n[0] > '0'+overviewStatements {
			st.Errorf("%q statements, at most %d", n, overviewStatements)
		}
	})
}

// monthOfFigures gives each of the last 60 days figures, the later half others than the earlier.
func (st *auditSite) monthOfFigures() {
	st.Helper()
	now := st.clock.Now()
	err := st.db.InTx(st.Context(), func(tx *models.Tx) error {
		for i := range 60 {
			members, late := int64(1000+i), int64(i/30)
			for figure, value := range map[string]int64{
				models.FigureMembers: members, models.FigureSecondFactor: members * (1 + late) / 4, models.FigurePasskey: members / 10, models.FigureNewMembers: late + int64(i%2)*(1-late),
				models.FigureActive: 5 + 5*late, models.FigureSignedIn: 10, models.FigureSignInFailed: 3 - late, models.FigureSignInHeld: late, models.FigureFailures: 3,
				models.FigureJobsDone: 100, models.FigureJobsFailed: 3, models.FigureJobsGivenUp: 1, models.FigureMailsSent: 20, models.FigureMailsFailed: 1,
			} {
				if err := tx.AddDaily(st.Context(), models.DailyStat{Day: models.Day(now.AddDate(0, 0, i-59)), Figure: figure, Value: value}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		st.Fatal(err)
	}
}
