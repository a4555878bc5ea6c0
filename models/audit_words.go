package models

// Severity is how much an event asks for attention.
type Severity string

// The severities, the least first.
const (
	SeverityInfo    Severity = "info"    // everyday
	SeverityNotice  Severity = "notice"  // a way in, or what somebody may do, has changed
	SeverityWarning Severity = "warning" // worth a look when it comes often, or was not expected
	SeverityAlert   Severity = "alert"   // somebody tried what nobody does by mistake
)

// AuditWords is what an action of the audit log is called, for operators. Each package names its own actions.
type AuditWords struct {
	Done     string // a sentence without its stop
	Failed   string // when it failed; empty: as Done, and the outcome says the rest
	Severity Severity
}

// Say is the sentence for one outcome.
func (w AuditWords) Say(outcome string) string {
	if outcome != OutcomeSuccess && outcome != "" && w.Failed != "" {
		return w.Failed
	}
	return w.Done
}
