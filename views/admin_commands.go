package views

import (
	"slices"
	"strings"
)

// Command is a page of operators, or an act of theirs, that the search finds by its name.
type Command struct {
	Label string
	Note  string // where a page stands, or what is chosen before the act
	Path  string // what it opens: the question, or the list to choose from
	Route string // its line in the table of routes: who reaches that, reaches it
	Icon  string
	Act   bool
}

// Commands are all of them: the navigation, the pages beside it, and the acts of every table.
func Commands() (list []Command) {
	for _, group := range adminNav {
		for _, item := range group.Items {
			list = append(list, Command{Label: item.Label, Note: group.Heading, Path: item.Path, Route: item.Path, Icon: item.Icon})
		}
	}
	list = append(list,
		Command{Label: "State of the chain", Note: "Audit log", Path: chainPath, Route: chainPath, Icon: "shield"},
		Command{Label: "Kept searches", Note: "Audit log", Path: auditViewsPath, Route: auditViewsPath, Icon: "clock"},
		Command{Label: "Stopped addresses", Note: "Mails", Path: stoppedPath, Route: stoppedPath, Icon: "mail"},
		act("Send test mail", "", testMailPath, testMailPath),
		act(stopWords[false].Button, "Choose the mail first", mailsPath, stopPath),
		act(stopWords[true].Button, "Choose the address first", stoppedPath, allowPath),
		act("Try a mail again", "Choose the mail first", mailsPath, mailsPath+"/:id/retry"),
		act("Acknowledge what needs review", "", reviewPath, reviewPath+"/:id/acknowledge"),
		act("Snooze what needs review", "", reviewPath, reviewPath+"/:id/snooze"),
		act("Change a setting", "Choose the setting first", settingsPath, settingsPath+"/:name/change"),
		act("Put a setting back", "Choose the setting first", settingsPath, settingsPath+"/:name/revert/:version"),
		act("Add a note", "Choose the member first", membersPath, memberPath(":id")+"/notes"),
		act("Remove a note", "Choose the member first", membersPath, memberPath(":id")+"/notes/:note/remove"),
		act("Add member", "", membersPath+"/new", membersPath+"/new"),
		act("Act on many members", "Tick them, or filter the list", membersPath, membersPath+"/bulk"),
		act("Start a batch", "Choose the batch first", batchesPath, batchesPath+"/:id/start"),
		act("Verify the chain", "", chainPath+"/verify", chainPath+"/verify"),
		act("End sessions from an address", "Choose the address first", allSessionsPath, endFromPath),
	)
	for name, words := range actWords {
		list = append(list, act(words.Button, "Choose the member first", memberActList(name), actPath(":id", name)))
	}
	list = append(list, act("Stop the view of an operator", "Choose the view first", allSessionsPath+"?kind=view-as", viewPath(":id")+"/stop"))
	list = append(list, act("View as a member", "Choose the member first", membersPath, viewAsPath(":id")))
	for name, words := range batchMoveWords {
		list = append(list, act(words.Button, "Choose the batch first", batchesPath, batchesPath+"/:id/"+name))
	}
	for name, words := range jobActWords {
		list = append(list, act(words.Button, "Choose the job first", jobsPath, jobsPath+"/:id/"+name))
	}
	list = append(list,
		act(pauseWords[true].Button, "", jobsPath, queuePath(":name", true)), act(pauseWords[false].Button, "", jobsPath, queuePath(":name", false)),
		act("Run periodic work", "", jobsPath, DutyRow{Name: ":name"}.path()),
	)
	list = append(list, oauthCommands()...) // oauth
	return list
}

func act(label, note, path, route string) Command {
	return Command{Label: label, Note: note, Path: path, Route: route, Icon: "check", Act: true}
}

// memberActList is where a member is chosen for an act: among those in the state that it is for.
func memberActList(name string) string {
	if name == "end_session" {
		return allSessionsPath
	}
	return withQuery(membersPath, "state", map[string]string{
		"unlock": "locked", "unsuspend": "suspended", "verify": "unverified", "resend_verification": "unverified", "lift_reset": "reset-required", "revoke_role": "operator",
	}[name])
}

// Matches tells whether every word typed begins a word of the name.
func (c Command) Matches(typed string) bool {
	words := strings.Fields(strings.ToLower(c.Label))
	for _, part := range strings.Fields(strings.ToLower(typed)) {
		if !slices.ContainsFunc(words, func(word string) bool { return strings.HasPrefix(word, part) }) {
			return false
		}
	}
	return true
}

// Is tells whether what was typed is the whole name.
func (c Command) Is(typed string) bool { return strings.EqualFold(c.Label, strings.TrimSpace(typed)) }
