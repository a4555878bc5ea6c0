package doctor

import (
	"context"
	"errors"
	"fmt"

	"latchkey/models"
)

func (p Patient) examineAudit(ctx context.Context) Finding {
	check, err := p.DB.VerifyAudit(ctx, p.Seals)
	switch found, broken := errors.AsType[models.AuditBreak](err); {
	case broken:
		return Broken("audit log", found.Error(), "somebody wrote to the database beside the program: compare with a backup; app audit verify checks all")
	case err != nil:
		return Broken("audit log", err.Error(), "check the rights of the database user")
	}
	return fine("audit log", fmt.Sprintf("%d rows are as they were written", check.Events+check.Unsealed))
}
