package views

// ErrorFor returns the words for a status; an unknown status gets those of 500.
func ErrorFor(status int, requestID string) ErrorPage {
	p, known := errorPages[status]
	if !known {
		p = errorPages[500]
	}
	p.Status, p.RequestID = status, requestID
	return p
}

// AccountOff is told to the owner of an account that is switched off, once they have proven who they are.
const AccountOff = "This account is switched off. Write to " + brandSupport

var errorPages = map[int]ErrorPage{
	400: {Heading: "That request made no sense", Sentence: "Something in the address or the form was malformed. Go back and try again.", Way: "/", WayLabel: "Go to the start page"},
	403: {Heading: "You cannot do that here", Sentence: "Your browser sent this from another site, or your account may not do it.", Way: "/", WayLabel: "Go to the start page"},
	404: {Heading: "There is nothing here", Sentence: "The address is wrong, or what it led to is gone.", Way: "/", WayLabel: "Go to the start page"},
	405: {Heading: "That does not work here", Sentence: "This address cannot be used in that way. Open it as a page first.", Way: "/", WayLabel: "Go to the start page"},
	410: {Heading: "This link no longer works", Sentence: "It was used already, or it is too old. Ask for a new one.", Way: "/login", WayLabel: "Go to sign in"},
	413: {Heading: "That was too large", Sentence: "We accept up to 1 MB at once. Shorten the text and send it again.", Way: "/", WayLabel: "Go to the start page"},
	415: {Heading: "We cannot read that format", Sentence: "Send the form from its own page.", Way: "/", WayLabel: "Go to the start page"},
	422: {Heading: "Something needs another look", Sentence: "Some of what was sent cannot be used. Go back and check the form.", Way: "/", WayLabel: "Go to the start page"},
	429: {Heading: "Too many tries", Sentence: "Your browser or your network asked too often. Waiting a little helps.", Way: "/", WayLabel: "Go to the start page"},
	500: {Heading: "Something broke on our side", Sentence: "It is not your fault, and we have a record of it. Try again in a moment.", Way: "/", WayLabel: "Go to the start page"},
	503: {Heading: "Busy, try again in a moment", Sentence: "More people than usual are here. Nothing was changed.", Way: "/", WayLabel: "Go to the start page"},
}
