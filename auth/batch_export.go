package auth

import (
	"context"

	"latchkey/models"
)

// BatchExport is a download of what a batch could not do.
type BatchExport struct {
	export
	id string
}

// ExportBatch lets an operator download on whom an act was not done, and why, as ExportAuditLog does. Errors: Forbidden,
// ErrSignedOut, models.ErrNotFound.
func (s *Service) ExportBatch(ctx context.Context, op Operator, id, format string) (*BatchExport, error) {
	op, err := s.Operating(ctx, op, RightAudit)
	if err != nil {
		return nil, s.NoteRefused(ctx, op, AuditBatchExport, "", err)
	}
	if _, err := s.db.BatchByID(ctx, id); err != nil {
		return nil, err
	}
	x := &BatchExport{export{s, op, AuditBatchExport, map[string]any{"of_batch": id, "format": format}}, id}
	return x, x.note(ctx, "", map[string]any{"state": "begun"})
}

// Each reads them in blocks. Errors: what each says.
func (x *BatchExport) Each(ctx context.Context, each func([]BatchLine) error) error {
	for after := 0; ; {
		lines, err := x.s.batchLines(ctx, x.id, after, models.ListBlock, models.BatchMemberFailed, models.BatchMemberRefused, models.BatchMemberChanged)
		if err != nil || len(lines) == 0 {
			return err
		}
		if err := each(lines); err != nil {
			return err
		}
		after = lines[len(lines)-1].Position
	}
}
