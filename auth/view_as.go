package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"latchkey/models"
	"latchkey/views"
)

// How long an operator may view as a member: in all, fixed at the start, and without a page.
const (
	viewTime = 30 * time.Minute
	viewIdle = 10 * time.Minute
)

// PublicReasons are what a member is told of why an operator viewed their account.
var PublicReasons = []string{"You asked for help", "To look into a fault", "A security check"}

// ViewAs is what a route lets an operator do who views as a member. The empty one is closed.
type ViewAs string

// The values of ViewAs.
const (
	ViewRead  ViewAs = "read"  // they see the page
	ViewWrite ViewAs = "write" // they may send the form, where the view was begun with changes
)

// ViewStart is what an operator decided who wants to view as a member.
type ViewStart struct {
	Reason, PublicReason string
	Writes               bool
	Version              string // of the MemberRecord they decided on
}

// StartView begins a view and gives the value of its cookie. Errors: Invalid, Forbidden, ErrChanged, ErrViewed, ErrSignedOut,
// models.ErrNotFound.
func (s *Service) StartView(ctx context.Context, op Operator, memberID string, v ViewStart) (token string, until time.Time, err error) {
	reason, sentence := models.OperatorReason(v.Reason)
	wrong := Invalid{}
	if sentence != "" {
		wrong["reason"] = sentence
	}
	if !slices.Contains(PublicReasons, v.PublicReason) {
		wrong["public_reason"] = "Choose what the member is told"
	}
	if len(wrong) > 0 {
		return "", until, wrong
	}
	v.Reason, token = reason, models.NewToken()
	err = s.db.InTx(ctx, func(tx *models.Tx) error {
		until, err = s.startView(ctx, tx, op, memberID, v, token)
		return err
	})
	return token, until, s.NoteRefused(ctx, op, AuditViewStart, memberID, err)
}

// ErrViewed says that another operator views this member now: a change since the page was opened, and one that passes.
var ErrViewed = fmt.Errorf("another operator views this member: %w", ErrChanged)

func (s *Service) startView(ctx context.Context, tx *models.Tx, op Operator, memberID string, v ViewStart, token string) (time.Time, error) {
	member, err := tx.LockUser(ctx, memberID)
	if err != nil {
		return time.Time{}, err
	}
	op, err = s.Operating(tx.Context(), op, viewRight(v.Writes))
	if err != nil {
		return time.Time{}, err
	}
	record, err := s.memberRecord(tx.Context(), tx.DB, member)
	if err != nil {
		return time.Time{}, err
	}
	if err := errors.Join(MayView(op, record), s.viewsOn(v.Writes)); err != nil {
		return time.Time{}, err
	}
	if version, err := record.Version(); err != nil || version != v.Version {
		return time.Time{}, errors.Join(err, ErrChanged)
	}
	if err := s.endStaleView(ctx, tx, memberID); err != nil {
		return time.Time{}, err
	}
	now := s.now()
	row := models.MemberView{
		ID: models.NewID(), TokenHash: models.Digest(token), MemberID: memberID, OperatorID: op.ID, OperatorSessionID: op.user.SessionID, Role: string(op.Role),
		Reason: v.Reason, PublicReason: v.PublicReason, Writes: v.Writes, StartedAt: now, LastSeenAt: now, EndsAt: now.Add(viewTime),
	}
	if err := tx.CreateMemberView(ctx, &row); err != nil {
		return time.Time{}, fmt.Errorf("start view: %w", err)
	}
	event := op.Event(AuditViewStart, memberID)
	event.Reason, event.EffectiveID, event.TargetKind, event.TargetID = v.Reason, memberID, "view", row.ID
	event.Meta = with(event.Meta, map[string]any{"changes": v.Writes})
	if err := tx.Audit(ctx, event); err != nil {
		return time.Time{}, err
	}
	return row.EndsAt, s.mailViewStarted(ctx, tx, row, member.Email)
}

// mailViewStarted tells the member at once, where operators chose that.
func (s *Service) mailViewStarted(ctx context.Context, tx *models.Tx, v models.MemberView, email string) error {
	if !s.cfg().ViewStartNotice {
		return nil
	}
	content, err := views.MailViewStarted(ctx, views.MailViewStartedData{
		Role: v.Role, Reason: v.PublicReason, Started: v.StartedAt, Longest: v.EndsAt.Sub(v.StartedAt), Changes: v.Writes, ActivityURL: s.url(activityPath),
	})
	return s.send(ctx, tx, letter{kind: mailViewStarted, to: email}, content, err)
}

func viewRight(writes bool) Right {
	if writes {
		return RightViewChange
	}
	return RightView
}

// ErrViewsOff and errViewsOnly say what operators switched off.
var (
	ErrViewsOff  = Forbidden{Sentence: "Viewing as a member is switched off in the settings.", code: "switched_off"}
	errViewsOnly = Forbidden{Sentence: "Changes while viewing are switched off in the settings.", code: "switched_off"}
)

// ViewsOn tells whether operators may view as members at all, and whether they may change something then.
func (s *Service) ViewsOn() (on, changes bool) {
	on = !s.cfg().NoViewAs
	return on, on && !s.cfg().NoViewAsChanges
}

// ViewsTold tells whether a member is mailed when a view begins, and not only when it ends.
func (s *Service) ViewsTold() bool { return s.cfg().ViewStartNotice }

// viewsOn refuses a view that is switched off.
func (s *Service) viewsOn(writes bool) error {
	switch on, changes := s.ViewsOn(); {
	case !on:
		return ErrViewsOff
	case writes && !changes:
		return errViewsOnly
	}
	return nil
}

// MayView is the rule for whom an operator may view as. Errors: Forbidden.
func MayView(op Operator, r MemberRecord) error {
	switch {
	case !op.Role.May(RightView):
		return Forbidden{Right: RightView, code: "role"}
	case op.user == nil:
		return Forbidden{Sentence: "Only a signed-in operator can view as a member.", code: "command_line"}
	case op.ID == r.ID:
		return errOnSelf
	case r.Role != "":
		return Forbidden{Sentence: "Nobody views as an operator.", code: "operator"}
	case r.Suspended || r.Locked || !r.Verified:
		return Forbidden{Sentence: "Nobody views as a member who could not sign in.", code: "disabled"}
	}
	return nil
}
