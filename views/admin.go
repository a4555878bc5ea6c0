package views

import (
	"net/url"
	"strconv"
	"strings"
)

func adminGroupID(i int) string { return "group-" + strconv.Itoa(i) }

// adminCurrent is currentOf for the operator's area, whose overview has every other page below it.
func adminCurrent(path, item string) string {
	switch {
	case path == item:
		return "page"
	case item != adminPath && under(path, item):
		return "true"
	}
	return ""
}

// withQuery adds to a path the values that are not empty; they come in pairs of name and value.
func withQuery(path string, pairs ...string) string { return pathWith(path, queryOf(pairs...)) }

func queryOf(pairs ...string) url.Values {
	query := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			query.Set(pairs[i], pairs[i+1])
		}
	}
	return query
}

func pathWith(path string, query url.Values) string {
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// roleWords is what a role is called; a member has none.
func roleWords(role string) string {
	switch role {
	case "support":
		return "Support"
	case "auditor", "administrator":
		return strings.ToUpper(role[:1]) + role[1:]
	}
	return "Member"
}

// stateLabel is the word of the filter for a state.
func stateLabel(state string) string {
	for _, s := range memberStates {
		if s.Value == state && state != "" {
			return s.Label
		}
	}
	return "All members"
}

// counted is a figure with thin grouping; beyond CountMost it says so.
func counted(n int) string {
	if n > CountMost {
		return grouped(CountMost) + "+"
	}
	return grouped(n)
}

func grouped(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
