package views

import (
	"slices"
	"strings"
)

// searchSamples are the page of the search.
func searchSamples() []Sample {
	at := operatorOn(searchPath)
	long := "a.rather.long.address.of.somebody@department.example.test"
	found := []FoundGroup{
		{Heading: "With this id", Rows: []FoundRow{{auditEventPath("AE7"), "Event", "Audit log", "clock"}, {memberPath("M1") + "/sessions", "Session", long, "monitor"}}},
		{Heading: "Actions", Rows: []FoundRow{{membersPath + "?state=suspended", "Lift suspension", "Choose the member first", "check"}}},
		{Heading: "Settings", Rows: []FoundRow{{settingPath("session-idle"), "Idle sessions end after", "Sessions", "sliders"}}},
		{Heading: "Members", Rows: []FoundRow{{memberPath("M1"), "Ada Osei", "ada@example.test", "user"}, {memberPath("M2"), long, "", "user"}}, More: FoundRow{membersPath + "?q=a", "All members that match", "", "search"}},
	}
	var pages, acts []FoundRow
	for _, c := range Commands() {
		if row := (FoundRow{c.Path, c.Label, c.Note, c.Icon}); c.Act {
			acts = append(acts, row)
		} else {
			pages = append(pages, row)
		}
	}
	slices.SortStableFunc(acts, func(a, b FoundRow) int { return strings.Compare(a.Label, b.Label) })
	return []Sample{
		{Name: "search", Page: at.in(Search(SearchPage{Groups: []FoundGroup{{Heading: "Pages", Rows: pages}, {Heading: "Actions", Rows: acts}}}))},
		{Name: "search-found", Page: at.in(Search(SearchPage{Query: "a", Groups: found}))},
		{Name: "search-none", Page: at.in(Search(SearchPage{Query: "Nobody by this name"}))},
	}
}
