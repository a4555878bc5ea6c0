package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"latchkey/models"
)

const memberNoteMax = 2000 // characters

// MemberNote is one note with its author.
type MemberNote struct {
	models.MemberNote
	Author string // their address; empty: somebody who has no account any more
}

// errOwnNotes: what operators write down about somebody is never shown to them, whatever their role.
var errOwnNotes = Forbidden{Sentence: "What other operators wrote down about you is not shown to you.", code: "self"}

// MayReadNotes tells whether an operator may read what is written about a member: not about themselves. Errors: Forbidden.
func MayReadNotes(op Operator, memberID string) error {
	if op.ID != "" && op.ID == memberID {
		return errOwnNotes
	}
	return nil
}

// MayNote tells whether an operator may write something down about a member. Errors: Forbidden.
func MayNote(op Operator, r MemberRecord) error {
	if !op.Role.May(RightHelp) {
		return Forbidden{Right: RightHelp, code: "role"}
	}
	return op.mayActOn(models.User{ID: r.ID, Role: string(r.Role)})
}

// errNotAuthor: a note is its author's, and administrators tidy up.
var errNotAuthor = Forbidden{Sentence: "A note is removed by its author or an administrator.", code: "author"}

// MayRemoveNote tells whether an operator may remove a note, where they may write one. Errors: Forbidden.
func MayRemoveNote(op Operator, n models.MemberNote) error {
	if n.AuthorID != op.ID && op.Role != RoleAdministrator {
		return errNotAuthor
	}
	return nil
}

// MemberNotes lists what operators wrote down about a member, the newest first. Errors: Forbidden, ErrSignedOut,
// models.ErrNoCursor.
func (s *Service) MemberNotes(ctx context.Context, op Operator, memberID string, at models.Place) (page models.ListPage[MemberNote], err error) {
	op, err = s.Operating(ctx, op, RightRead)
	if err != nil {
		return page, err
	}
	if err := MayReadNotes(op, memberID); err != nil {
		return page, err
	}
	db := s.db.Joined(ctx)
	at.Limit = rowsOnPage(at.Limit)
	rows, err := models.ReadPage(db, at, "member-notes|"+op.ID+"|"+memberID, models.MemberNote.Cursor,
		func(than *models.Cursor, limit int) ([]models.MemberNote, error) {
			return db.MemberNotesOlder(ctx, memberID, than, limit)
		},
		func(than models.Cursor, limit int) ([]models.MemberNote, error) {
			return db.MemberNotesNewer(ctx, memberID, than, limit)
		})
	if err != nil {
		return page, fmt.Errorf("list notes: %w", err)
	}
	page.Newer, page.Older = rows.Newer, rows.Older
	page.Rows, err = s.withAuthors(ctx, db, rows.Rows)
	return page, err
}

func (s *Service) withAuthors(ctx context.Context, db *models.DB, notes []models.MemberNote) ([]MemberNote, error) {
	ids := make([]string, len(notes))
	for i, n := range notes {
		ids[i] = n.AuthorID
	}
	people, err := peopleByID(ctx, db, ids...)
	if err != nil {
		return nil, err
	}
	list := make([]MemberNote, len(notes))
	for i, n := range notes {
		list[i] = MemberNote{n, people[n.AuthorID].Email}
	}
	return list, nil
}

// MemberNote is one note about a member. Errors: Forbidden, ErrSignedOut, models.ErrNotFound.
func (s *Service) MemberNote(ctx context.Context, op Operator, memberID, id string) (n MemberNote, err error) {
	op, err = s.Operating(ctx, op, RightRead)
	if err != nil {
		return n, err
	}
	if err := MayReadNotes(op, memberID); err != nil {
		return n, err
	}
	db := s.db.Joined(ctx)
	row, err := db.MemberNoteByID(ctx, memberID, id)
	if err != nil {
		return n, err
	}
	list, err := s.withAuthors(ctx, db, []models.MemberNote{row})
	if err != nil {
		return n, err
	}
	return list[0], nil
}

// AddMemberNote writes something down about a member. The audit log keeps that it was done and not what it says: a note can be
// removed, a row of the log cannot. Errors: Invalid, Forbidden, ErrSignedOut, models.ErrNotFound.
func (s *Service) AddMemberNote(ctx context.Context, op Operator, memberID, typed string) error {
	body, sentence := noteText(typed)
	if sentence != "" {
		return Invalid{"note": sentence}
	}
	return s.noteAct(ctx, op, memberID, AuditMemberNote, func(tx *models.Tx, op Operator, event *models.AuditEvent) error {
		n := models.MemberNote{MemberID: memberID, AuthorID: op.ID, Body: body}
		if err := tx.CreateMemberNote(ctx, &n); err != nil {
			return fmt.Errorf("add note: %w", err)
		}
		event.TargetID = n.ID
		return nil
	})
}

// noteText is what was typed in the form it is kept in, or the sentence about what is wrong with it.
func noteText(typed string) (body, sentence string) {
	body = strings.TrimSpace(strings.ReplaceAll(typed, "\r\n", "\n"))
	switch {
	case body == "":
		return body, "Write the note first"
	case utf8.RuneCountInString(body) > memberNoteMax:
		return body, fmt.Sprintf("Use at most %d characters", memberNoteMax)
	case !utf8.ValidString(body) || strings.ContainsRune(body, 0):
		return body, "Use letters, digits and signs alone"
	}
	return body, ""
}

// RemoveMemberNote takes a note away for good. Errors: Invalid (the reason), Forbidden, ErrChanged (it is gone), ErrSignedOut,
// models.ErrNotFound (there is no such member).
func (s *Service) RemoveMemberNote(ctx context.Context, op Operator, memberID, id string, act Act) error {
	reason, sentence := models.OperatorReason(act.Reason)
	if sentence != "" {
		return Invalid{"reason": sentence}
	}
	return s.noteAct(ctx, op, memberID, AuditMemberRemoveNote, func(tx *models.Tx, op Operator, event *models.AuditEvent) error {
		n, err := tx.MemberNoteByID(ctx, memberID, id)
		if errors.Is(err, models.ErrNotFound) {
			return ErrChanged
		}
		if err != nil {
			return fmt.Errorf("read note: %w", err)
		}
		if err := MayRemoveNote(op, n); err != nil {
			return err
		}
		if err := tx.DeleteMemberNote(ctx, id); errors.Is(err, models.ErrSpent) {
			return ErrChanged
		} else if err != nil {
			return fmt.Errorf("remove note: %w", err)
		}
		event.TargetID, event.Reason = id, reason
		return nil
	})
}

// noteAct does something with the notes about a member, whose row it holds, with its row in the audit log.
func (s *Service) noteAct(ctx context.Context, op Operator, memberID string, action models.Action, do func(*models.Tx, Operator, *models.AuditEvent) error) error {
	err := s.db.InTx(ctx, func(tx *models.Tx) error {
		member, err := tx.LockUser(ctx, memberID)
		if err != nil {
			return err
		}
		op, err := s.Operating(tx.Context(), op, RightHelp)
		if err != nil {
			return err
		}
		if err := op.mayActOn(member); err != nil {
			return err
		}
		event := op.Event(action, memberID)
		event.TargetKind = "note"
		if err := do(tx, op, &event); err != nil {
			return err
		}
		return tx.Audit(ctx, event)
	})
	return s.NoteRefused(ctx, op, action, memberID, err)
}
