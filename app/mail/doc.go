// Package mail delivers the letters of the queue: over SMTP, or into the development mailbox where
// SMTP_URL is empty. What a letter says was decided by the one who queued it.
package mail
