package models

// What the audit log says of a download, under "state".
const (
	ExportBegun    = "begun"
	ExportComplete = "complete"
	ExportCutShort = "cut short"
)

// ExportEnd is the outcome and the state of a download that is over. cut is why it ended early; nil: it did not.
func ExportEnd(cut error) (outcome, state string) {
	if cut != nil {
		return OutcomeFailure, ExportCutShort
	}
	return "", ExportComplete
}
