package admin

import (
	"net/url"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/oauthserver" // oauth
	"latchkey/views"
)

// The kinds of what needs a person that no domain finds: they are about the machine.
const (
	ReviewJobs          = "jobs_given_up"
	ReviewMails         = "mails_given_up"
	ReviewAuditUnsealed = "audit_unsealed"
	ReviewAuditBroken   = "audit_broken"
	ReviewDoctor        = "doctor"
)

// reviewSeverity are the badges of how much something asks for attention: each of what needs a person has one.
var reviewSeverity = map[models.Severity]string{models.SeverityInfo: "Notice", models.SeverityNotice: "Notice", models.SeverityWarning: "Warning", models.SeverityAlert: "Alert"}

// reviewAbout names what an item is about. Clients and checks are named by the finder, in the detail.
func reviewAbout(item models.ReviewItem, people map[string]models.User) views.AuditParty {
	switch item.Kind {
	case auth.ReviewOperators:
		return personParty(item.Subject, people)
	case auth.ReviewLockouts:
		if item.Subject == "" {
			return views.AuditParty{Label: "From many addresses"}
		}
		return views.AuditParty{Label: "From " + item.Subject}
	case oauthserver.ReviewDisabledClient, oauthserver.ReviewTokenReuse: // oauth
		return views.AuditParty{} // oauth
	}
	return views.AuditParty{Label: item.Subject}
}

// reviewCure is where an operator can look into it and put it right.
func reviewCure(item models.ReviewItem) string {
	switch item.Kind {
	case auth.ReviewOperators:
		return root + "/users/" + item.Subject
	case auth.ReviewLockouts:
		return auditSearch("address", item.Subject, auth.AuditLock)
	case ReviewMails:
		return mailsPath + "?state=" + models.MailGivenUp
	case ReviewJobs:
		return jobsPath + "?state=" + models.JobsGivenUp
	case ReviewAuditUnsealed, ReviewAuditBroken:
		return chainPath
	case ReviewDoctor:
		return healthPath
	case oauthserver.ReviewDisabledClient: // oauth
		return clientsPath + "/" + item.Subject // oauth
	case oauthserver.ReviewTokenReuse: // oauth
		return auditSearch("client", item.Subject, oauthserver.ReuseActions...) // oauth
	case oauthserver.ReviewKeysDue: // oauth
		return keysPath // oauth
	}
	return ""
}

// auditSearch is the list of the audit log with one field and some kinds of events.
func auditSearch(field, value string, actions ...models.Action) string {
	query := url.Values{}
	if value != "" {
		query.Set(field, value)
	}
	for _, action := range actions {
		query.Set(views.AuditWhat+string(action), "on")
	}
	return auditPath + "?" + query.Encode()
}
