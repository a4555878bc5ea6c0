package doctor

import (
	"context"
	"fmt"

	"latchkey/models"
)

// Patient is what can be looked at.
type Patient struct {
	Settings
	DB    *models.DB
	Seals int64 // how many of the newest seals of the audit log are checked; each covers up to a thousand rows
}

// Examine looks at everything. Without its tables nothing can be said of a database: readable is false then.
func (p Patient) Examine(ctx context.Context) (findings []Finding, readable bool) {
	findings = p.Settings.Examine()
	schema := p.examineSchema(ctx)
	if findings = append(findings, schema); schema.Level != OK {
		return findings, false
	}
	return append(findings, p.examineClock(ctx), p.examineMail(ctx), p.examineQueue(ctx), p.examineDisk(), p.examineAudit(ctx)), true
}

func (p Patient) examineSchema(ctx context.Context) Finding {
	pending, err := p.DB.PendingMigrations(ctx)
	if err != nil {
		return Broken("database", err.Error(), "check the rights of the database user")
	}
	if pending > 0 {
		return Broken("database", fmt.Sprintf("%d migrations are pending", pending), "run: app migrate up")
	}
	return fine("database", p.DB.Dialect())
}
