// Package mail delivers the mails in the queue: over SMTP, or into the development mailbox when there
// is no SMTP_URL. What a mail says was decided when it was queued; this package only carries it.
package mail
