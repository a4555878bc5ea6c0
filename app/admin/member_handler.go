package admin

import (
	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/views"
)

// showMember is the first page of a record. The audit log keeps that it was looked at.
func (h *Handler) showMember(c *fiber.Ctx) error {
	r, err := h.member(c)
	if err != nil {
		return err
	}
	if err := h.People.NoteMemberView(c.UserContext(), operator(c), r.ID); err != nil {
		return err
	}
	page := views.MemberPage{
		MemberHead: h.memberHead(c, r), Verified: r.Verified, HasPassword: r.HasPassword, ResetRequired: r.ResetRequired, MustHaveSecondStep: r.SecondStep,
		Sessions: r.Sessions, Apps: r.Apps, Authenticators: r.Authenticators, Passkeys: r.Passkeys, RecoveryCodes: r.RecoveryCodes, Browsers: r.TrustedBrowsers,
	}
	if r.SecondFactorDue != nil {
		page.SecondStepDue = *r.SecondFactorDue
	}
	return views.Render(c, fiber.StatusOK, views.Member(page))
}

func (h *Handler) member(c *fiber.Ctx) (auth.MemberRecord, error) {
	return h.People.Member(c.UserContext(), operator(c), c.Params("id"))
}

// memberHead is who a record is about, with what this operator may do. An act about one thing of the record stands beside
// that thing, not in the menu.
func (h *Handler) memberHead(c *fiber.Ctx, r auth.MemberRecord) views.MemberHead {
	head := views.MemberHead{
		ID: r.ID, Name: r.Name, Email: r.Email, Role: string(r.Role), States: stateWords(!r.Verified, r.Locked, r.Suspended, r.ResetRequired),
		Joined: r.Joined, LastSeen: r.LastSeen, Alert: alertOf(r),
	}
	on, _ := h.People.ViewsOn()
	head.MayView = on && auth.MayView(operator(c), r) == nil
	head.MayReadNotes = auth.MayReadNotes(operator(c), r.ID) == nil
	for _, act := range auth.OfferedActs(operator(c), r) {
		head.Acts = append(head.Acts, views.MemberActLink{Act: act.Name})
	}
	return head
}

// alertOf is the most urgent fact about an account.
func alertOf(r auth.MemberRecord) (a views.MemberAlert) {
	switch {
	case r.Suspended:
		a.Fact, a.Why = views.AlertSuspended, r.SuspendedFor
		if r.SuspendedUntil != nil {
			a.Until = *r.SuspendedUntil
		}
	case r.FactorRecovery != nil:
		a.Fact, a.Until = views.AlertRecovery, *r.FactorRecovery
	case r.Locked:
		a.Fact = views.AlertLocked
	case r.ResetRequired:
		a.Fact = views.AlertReset
	case !r.Verified:
		a.Fact = views.AlertUnverified
	case r.Breached:
		a.Fact = views.AlertBreached
	case r.Role != "" && !r.TwoStep():
		a.Fact = views.AlertNoSecondStep
	}
	return a
}

// offers tells whether the operator may do an act on a member.
func offers(c *fiber.Ctx, r auth.MemberRecord, name string) bool {
	for _, act := range auth.OfferedActs(operator(c), r) {
		if act.Name == name {
			return true
		}
	}
	return false
}

func (h *Handler) showMemberSessions(c *fiber.Ctx) error {
	r, err := h.member(c)
	if err != nil {
		return err
	}
	list, err := h.People.MemberSessions(c.UserContext(), operator(c), r.ID)
	if err != nil {
		return err
	}
	page := views.MemberSessionsPage{MemberHead: h.memberHead(c, r), MayEnd: offers(c, r, "end_session")}
	for _, session := range list {
		page.Rows = append(page.Rows, views.SessionRow{
			ID: session.ID, Browser: session.Browser, System: session.System, Address: session.Address, Place: session.Place,
			Method: auth.MethodWords(session.Proofs), Began: session.Began, LastSeen: session.LastSeen,
		})
	}
	return views.Render(c, fiber.StatusOK, views.MemberSessions(page))
}

// factorKinds is what the kinds of factor are called.
var factorKinds = map[string]string{auth.FactorApp: "Authenticator app", auth.FactorPasskey: "Passkey", auth.FactorBrowser: "Trusted browser"}

func (h *Handler) showMemberFactors(c *fiber.Ctx) error {
	r, err := h.member(c)
	if err != nil {
		return err
	}
	list, err := h.People.MemberFactors(c.UserContext(), operator(c), r.ID)
	if err != nil {
		return err
	}
	page := views.MemberFactorsPage{MemberHead: h.memberHead(c, r), MayRemove: offers(c, r, "remove_factor")}
	for _, f := range list {
		page.Rows = append(page.Rows, views.FactorRow{Target: f.Target(), Kind: factorKinds[f.Kind], Name: f.Name, Added: f.Added, LastUsed: f.LastUsed})
	}
	return views.Render(c, fiber.StatusOK, views.MemberFactors(page))
}
