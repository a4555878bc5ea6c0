package views

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Took is a duration in the unit that fits it: "1.2 ms", "45 ms", "1.4 s", "12 minutes".
func Took(d time.Duration) string {
	switch {
	case d < 10*time.Millisecond:
		return strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', 1, 64) + " ms"
	case d < time.Second:
		return strconv.Itoa(int(d.Round(time.Millisecond)/time.Millisecond)) + " ms"
	case d < 2*time.Minute:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
	case d < 2*time.Hour:
		return count(int(d/time.Minute), "minute")
	case d < 48*time.Hour:
		return count(int(d/time.Hour), "hour")
	}
	return count(int(d/(24*time.Hour)), "day")
}

// Bytes is a size in the unit that fits it: "640 KiB", "1.2 GiB".
func Bytes(n int64) string {
	if n < 1<<20 {
		return strconv.FormatInt((n+1023)>>10, 10) + " KiB"
	}
	size, unit := float64(n)/(1<<20), "MiB"
	if n >= 1<<30 {
		size, unit = float64(n)/(1<<30), "GiB"
	}
	return fmt.Sprintf("%.1f %s", size, unit)
}

// Share is how many of a hundred; what is little is not rounded away.
func Share(part, all int64) string {
	switch percent := 100 * float64(part) / float64(max(all, 1)); {
	case part == 0:
		return "None"
	case percent < 0.1:
		return "under 0.1 %"
	default:
		return strings.TrimSuffix(strconv.FormatFloat(percent, 'f', 1, 64), ".0") + " %"
	}
}

// Grouped is a figure with its thousands apart.
func Grouped(n int64) string { return grouped(int(n)) }

// Counted is a figure that is exact to CountMost.
func Counted(n int) string { return counted(n) }
