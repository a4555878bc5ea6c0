package views

import (
	"fmt"
	"strings"
	"time"
)

// exact is a moment in UTC, as the server writes it: "23 Nov 2026, 08:30 UTC".
func exact(t time.Time) string {
	return t.UTC().Format("2 Jan 2006, 15:04 UTC")
}

func machine(t time.Time) string {
	return t.UTC().Format(time.RFC3339)
}

// ago is how long before now something was, in the largest unit that is at least one.
func ago(t, now time.Time) string {
	d := now.Sub(t)
	switch {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return count(int(d/time.Minute), "minute") + " ago"
	case d < 24*time.Hour:
		return count(int(d/time.Hour), "hour") + " ago"
	case d < 30*24*time.Hour:
		return count(int(d/(24*time.Hour)), "day") + " ago"
	case d < 365*24*time.Hour:
		return count(int(d/(30*24*time.Hour)), "month") + " ago"
	}
	return count(int(d/(365*24*time.Hour)), "year") + " ago"
}

// count is a number with its noun: "1 session", "3 sessions".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %s", n, plural(noun))
}

func plural(noun string) string {
	if strings.HasSuffix(noun, "s") || strings.HasSuffix(noun, "ch") {
		return noun + "es"
	}
	return noun + "s"
}

// lasting is how long something is good for, in the largest unit of which there are at least two and no rest:
// "60 minutes", "24 hours", "7 days".
func lasting(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= 2*day && d%day == 0:
		return count(int(d/day), "day")
	case d >= 2*time.Hour && d%time.Hour == 0:
		return count(int(d/time.Hour), "hour")
	case d >= 2*time.Minute && d%time.Minute == 0:
		return count(int(d/time.Minute), "minute")
	}
	return count(int(d/time.Second), "second")
}

// wait is a number of seconds in words a person plans with.
func wait(seconds int) string {
	switch {
	case seconds < 120:
		return count(max(seconds, 1), "second")
	case seconds < 2*3600:
		return count((seconds+59)/60, "minute")
	}
	return count((seconds+3599)/3600, "hour")
}
