package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"latchkey/models"
)

func auditCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "audit", Short: "Check the audit log", Args: cobra.NoArgs}
	cmd.AddCommand(&cobra.Command{Use: "verify", Short: "Check every row of the audit log and every seal", Args: cobra.NoArgs, RunE: inHouse(runAuditVerify)})
	return cmd
}

// auditCheckJSON is what `audit verify` prints.
type auditCheckJSON struct {
	Whole       bool            `json:"whole"`
	Seals       int             `json:"seals"`
	Rows        int             `json:"rows"`
	Unsealed    int             `json:"unsealed"` // rows that no seal covers yet
	SealedUntil time.Time       `json:"sealed_until,omitzero"`
	Head        string          `json:"head,omitempty"` // the newest seal, in hex
	Break       *auditBreakJSON `json:"break,omitempty"`
}

type auditBreakJSON struct {
	Finding string    `json:"finding"`
	Seal    int64     `json:"seal,omitempty"`
	Row     string    `json:"row,omitempty"`
	From    time.Time `json:"from,omitzero"`
	Until   time.Time `json:"until,omitzero"`
}

var errAuditBroken = errors.New("the audit log is not what was written")

func runAuditVerify(cmd *cobra.Command, _ []string, h *house) error {
	check, err := h.db.VerifyAudit(cmd.Context(), 0)
	found, broken := errors.AsType[models.AuditBreak](err)
	if err != nil && !broken {
		return err
	}
	report := auditCheckJSON{Whole: !broken, Seals: check.Seals, Rows: check.Events, Unsealed: check.Unsealed, SealedUntil: check.SealedUntil, Head: fmt.Sprintf("%x", check.Head)}
	if broken {
		report.Break = &auditBreakJSON{found.Finding, found.Seal, found.EventID, found.FirstAt, found.LastAt}
	}
	if err := show(cmd, report, report.write); err != nil {
		return err
	}
	if broken {
		return errAuditBroken
	}
	return nil
}

func (r auditCheckJSON) write(w io.Writer) {
	fmt.Fprintf(w, "seals\t%d\nrows under them\t%d\nrows not sealed yet\t%d\nhead\t%s\n", r.Seals, r.Rows, r.Unsealed, r.Head)
	if r.Break == nil {
		return
	}
	fmt.Fprintf(w, "broken\t%s\n", r.Break.Finding)
	if r.Break.Seal > 0 {
		fmt.Fprintf(w, "at seal\t%d\n", r.Break.Seal)
	}
	if !r.Break.From.IsZero() {
		fmt.Fprintf(w, "of rows from\t%s\nuntil\t%s\n", r.Break.From.Format(time.RFC3339), r.Break.Until.Format(time.RFC3339))
	}
}
