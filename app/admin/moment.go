package admin

import "time"

// moment is a time that may be missing, as views take it.
func moment(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// orNothing is a time that may be missing, as a cell.
func orNothing(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}
