package auth

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"latchkey/models"
)

// memberQueryMax is how long a search may be, in characters: no address is longer.
const memberQueryMax = 254

// MemberQuery selects people for operators, and says which page of the list.
type MemberQuery struct {
	Term   string // the start of an address, of a domain, of a word of the name, or an id
	State  string // models.MemberActive or one of models.MemberStates; empty: all
	Role   string // of an operator; empty: everybody
	Factor string // one of models.MemberFactors; empty: all
	Review string // models.ReviewOpen; empty: all
	Client string // that they use or used // oauth

	Wrong Invalid `json:"-"` // what whoever read it found wrong

	JoinedFrom, JoinedTo string // days, the last one included; empty: open
	SeenFrom, SeenTo     string

	Sort         string // one of models.MemberSorts; where something is filtered, and where it is empty, the list has one order
	PerPage      int    // one of PageSizes; 0: the fewest
	Newer, Older string // a place that a page before named; at most one of them
}

// filter reads what was asked, and refuses what no index answers: a page must not look through a million people for a few. Errors:
// Invalid.
func (q MemberQuery) filter() (f models.MemberFilter, err error) {
	f = models.MemberFilter{Term: strings.TrimSpace(q.Term), State: q.State, Role: q.Role, Factor: q.Factor}
	f.Client = q.Client // oauth
	if q.Review != "" {
		f.Review = ReviewOperators // the one kind that is about a member
	}
	wrong := Invalid{}
	maps.Copy(wrong, q.Wrong)
	if utf8.RuneCountInString(f.Term) > memberQueryMax {
		wrong["q"] = fmt.Sprintf("Use at most %d characters", memberQueryMax)
	}
	var ok bool
	if f.JoinedFrom, f.JoinedTo, ok = models.DaysBetween(q.JoinedFrom, q.JoinedTo); !ok {
		wrong["joined_from"] = models.WrongDays
	}
	if f.SeenFrom, f.SeenTo, ok = models.DaysBetween(q.SeenFrom, q.SeenTo); !ok {
		wrong["seen_from"] = models.WrongDays
	}
	if len(wrong) == 0 {
		wrong = apart(f)
	}
	if len(wrong) > 0 {
		return f, wrong
	}
	return f, nil
}

// apart says what does not go together. A search looks at a bounded number of matches, and few have a role or need review: with
// those, all else does.
func apart(f models.MemberFilter) Invalid {
	rest := f
	rest.SeenFrom, rest.SeenTo = time.Time{}, time.Time{}
	few := f.Role+f.Review != ""
	switch {
	case f.Term != "":
	case rest != f && rest != models.MemberFilter{}:
		return Invalid{"seen_from": "Last seen goes with a search only. Clear it, or the other filters"}
	case f.State != "" && f.Factor != "" && !few:
		return Invalid{"factor": "Choose a state or a second step, or add a role or a search"}
	case f.Client != "" && f.State+f.Factor != "" && !few: // oauth
		return Invalid{"client": "Clear it, or the state and the second step, or add a role or a search"} // oauth
	}
	return nil
}

// sortOf is the order that the list is in. Only the whole list has all of them.
func (q MemberQuery) sortOf(f models.MemberFilter) models.MemberSort {
	seen := !f.SeenFrom.IsZero() || !f.SeenTo.IsZero()
	sort := models.MemberSort(q.Sort)
	switch {
	case seen && f.Term == "":
		return models.MembersByLastSeen
	case f == models.MemberFilter{} && slices.Contains(models.MemberSorts, sort):
		return sort
	}
	return models.MembersByJoining
}

// Known tells whether every choice is one of a list, as our forms make them.
func (q MemberQuery) Known() bool {
	one := func(word string, of ...string) bool { return word == "" || slices.Contains(of, word) }
	return (q.State == "" || models.MemberState(q.State)) && (q.Role == "" || slices.Contains(Roles, Role(q.Role))) && one(q.Factor, models.MemberFactors...) && one(q.Review, models.ReviewOpen) &&
		(q.Sort == "" || slices.Contains(models.MemberSorts, models.MemberSort(q.Sort))) && (q.PerPage == 0 || slices.Contains(PageSizes, q.PerPage)) && (q.Newer == "" || q.Older == "")
}
