package doctor

// The levels of a finding.
const (
	OK      = "ok"
	Warning = "warning" // it works, and may not be meant
	Fault   = "error"
)

// Finding is one thing that was looked at: how it is, and what to do about it.
type Finding struct {
	Level   string `json:"level"` // one of the levels
	Check   string `json:"check"`
	Message string `json:"message"`
	Fix     string `json:"fix,omitempty"` // empty when all is well
}

func fine(check, message string) Finding {
	return Finding{Level: OK, Check: check, Message: message}
}

func warning(check, message, fix string) Finding {
	return Finding{Level: Warning, Check: check, Message: message, Fix: fix}
}

// Broken is a finding of what does not work.
func Broken(check, message, fix string) Finding {
	return Finding{Level: Fault, Check: check, Message: message, Fix: fix}
}
