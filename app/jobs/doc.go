// Package jobs works the queue: mails, and the sweeping that runs every few minutes. A job is put in
// the queue by models, in the transaction of its cause.
package jobs
