package auth

import (
	"context"

	"latchkey/models"
)

// MemberExport is a download of the list of members that an operator may have.
type MemberExport struct {
	export
	filter models.MemberFilter
}

// ExportMembers lets an operator download what a query selects, as ExportAuditLog does. Errors: Forbidden, ErrSignedOut, Invalid
// (on a field).
func (s *Service) ExportMembers(ctx context.Context, op Operator, q MemberQuery, format string) (*MemberExport, error) {
	op, err := s.Operating(ctx, op, RightAudit)
	if err != nil {
		return nil, s.NoteRefused(ctx, op, AuditMemberExport, "", err)
	}
	filter, err := q.filter()
	if err != nil {
		return nil, err
	}
	x := &MemberExport{export{s, op, AuditMemberExport, with(q.details(), map[string]any{"format": format})}, filter}
	return x, x.note(ctx, "", map[string]any{"state": models.ExportBegun})
}

// details say for the log what was selected. What was typed is somebody's address or name, and is not written down.
func (q MemberQuery) details() map[string]any {
	details := map[string]any{}
	for key, value := range map[string]string{
		"members": q.State, "role": q.Role, "factor": q.Factor, "joined_from": q.JoinedFrom, "joined_to": q.JoinedTo, "seen_from": q.SeenFrom, "seen_to": q.SeenTo,
		"review": q.Review,
		"client": q.Client, // oauth
	} {
		if value != "" {
			details[key] = value
		}
	}
	if q.Term != "" {
		details["searched"] = true
	}
	return details
}

// Each reads the members in blocks. Errors: what each says.
func (x *MemberExport) Each(ctx context.Context, each func([]models.Member) error) error {
	return x.s.db.MembersEach(ctx, x.filter, each)
}
