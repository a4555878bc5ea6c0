package models

import "time"

// WrongDays is said of a span of days that DaysBetween refuses.
const WrongDays = "Choose two days, the earlier one first"

// DaysBetween are the moments where a span of days begins and ends, in UTC, as date fields name them; both days are part of it.
// One that was not chosen is zero.
func DaysBetween(first, last string) (from, to time.Time, ok bool) {
	var err error
	if first != "" {
		if from, err = time.Parse(time.DateOnly, first); err != nil {
			return from, to, false
		}
	}
	if last != "" {
		if to, err = time.Parse(time.DateOnly, last); err != nil {
			return from, to, false
		}
		to = to.AddDate(0, 0, 1)
	}
	return from, to, from.IsZero() || to.IsZero() || from.Before(to)
}
