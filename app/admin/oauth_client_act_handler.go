package admin

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/oauthserver"
	"latchkey/views"
)

// clientAct is one act on a client that is asked about on a page.
type clientAct struct {
	name    string
	beside  bool // about one secret: it stands beside it, not in the menu
	final   bool // decided on all that would end, with the name typed
	overlap bool
	gone    bool // there is no record to come back to
	offered func(r oauthserver.ClientRecord) bool
	do      func(ctx context.Context, s *oauthserver.Server, by oauthserver.Operator, id string, form views.OAuthActForm) error
}

// clientActs are all of them in the order of the menu, danger last.
var clientActs = []clientAct{
	{name: "verify", offered: func(r oauthserver.ClientRecord) bool { return !r.Client.Verified }, do: plainAct((*oauthserver.Server).VerifyClient)},
	{name: "unverify", offered: func(r oauthserver.ClientRecord) bool { return r.Client.Verified }, do: plainAct((*oauthserver.Server).UnverifyClient)},
	{name: "rotate-secret", overlap: true, offered: func(r oauthserver.ClientRecord) bool { return !r.Client.Public() }, do: rotateSecret},
	{name: "end-secret", beside: true, offered: func(r oauthserver.ClientRecord) bool { return len(r.Secrets) > 1 }, do: endSecret},
	{name: "enable", offered: func(r oauthserver.ClientRecord) bool { return !r.Client.Enabled() }, do: plainAct((*oauthserver.Server).EnableClient)},
	{name: "revoke-tokens", final: true, offered: hasTokens, do: plainAct((*oauthserver.Server).EndTokensOfClient)},
	{name: "disable", final: true, offered: func(r oauthserver.ClientRecord) bool { return r.Client.Enabled() }, do: plainAct((*oauthserver.Server).DisableClient)},
	{name: "delete", final: true, gone: true, offered: func(r oauthserver.ClientRecord) bool { return !r.Client.Enabled() }, do: plainAct((*oauthserver.Server).DeleteClient)},
}

func hasTokens(r oauthserver.ClientRecord) bool {
	return r.Reach.SignIns > 0 || r.Reach.AccessTokens > 0
}

type doClient = func(context.Context, *oauthserver.Server, oauthserver.Operator, string, views.OAuthActForm) error

// plainAct is an act that needs nothing but its client.
func plainAct(act func(*oauthserver.Server, context.Context, oauthserver.Operator, string) error) doClient {
	return func(ctx context.Context, s *oauthserver.Server, by oauthserver.Operator, id string, _ views.OAuthActForm) error {
		return act(s, ctx, by, id)
	}
}

func rotateSecret(ctx context.Context, s *oauthserver.Server, by oauthserver.Operator, id string, form views.OAuthActForm) error {
	overlap, err := time.ParseDuration(form.Overlap)
	if err != nil {
		return oauthserver.Invalid{"overlap": "Choose when the old secret ends"}
	}
	_, err = s.RotateSecret(ctx, by, id, overlap)
	return err
}

func endSecret(ctx context.Context, s *oauthserver.Server, by oauthserver.Operator, id string, form views.OAuthActForm) error {
	return s.EndSecret(ctx, by, id, form.Target)
}

func (h *Handler) showClientAct(act clientAct) fiber.Handler {
	return func(c *fiber.Ctx) error {
		return h.ask(c, h.clientQuestion(c, act), fiber.StatusOK, views.OAuthActForm{Target: c.Query("target"), Overlap: "24h"})
	}
}

func (h *Handler) submitClientAct(act clientAct) fiber.Handler {
	return func(c *fiber.Ctx) error {
		q := h.clientQuestion(c, act)
		done := q.back
		if act.gone {
			done = clientsPath
		}
		return h.answerOAuth(c, q, done, func(form views.OAuthActForm) error {
			return act.do(c.UserContext(), h.OAuth, h.oauthDecided(c, form), c.Params("id"), form)
		})
	}
}

// clientQuestion asks about an act on the client of the address. A new secret is shown on the page of secrets.
func (h *Handler) clientQuestion(c *fiber.Ctx, act clientAct) oauthQuestion {
	back := clientsPath + "/" + c.Params("id")
	if act.overlap || act.beside {
		back += "/secrets"
	}
	return oauthQuestion{right: auth.RightOperate, back: back, page: func(c *fiber.Ctx) (views.OAuthActPage, bool, error) {
		r, err := h.client(c)
		if err != nil {
			return views.OAuthActPage{}, false, err
		}
		page := views.OAuthActPage{
			Act: act.name, Action: clientsPath + "/" + r.Client.ID + "/" + act.name, Back: back, List: "Clients", Up: clientsPath,
			Name: oauthserver.ShownName(&r.Client), Note: r.Client.ID, Overlap: act.overlap,
		}
		page.Form.Version = r.Version
		if act.final {
			page.Form.Version, page.Type, page.Ends = r.ReachVersion, page.Name, clientEnds(act, r)
		}
		return page, act.offered(r), nil
	}}
}

func clientEnds(act clientAct, r oauthserver.ClientRecord) views.AccessEnds {
	consents := views.EndCount{What: "consents", Count: r.Reach.Consents}
	tokens := views.AccessEnds{{What: "sign-ins", Count: r.Reach.SignIns}, {What: "access", Count: r.Reach.AccessTokens}}
	switch {
	case act.gone:
		consents.What = "lost"
		return views.AccessEnds{consents}
	case act.name == "revoke-tokens":
		return append(tokens, consents)
	}
	return append(tokens, views.EndCount{What: "waiting", Count: r.Reach.Waiting}, consents)
}
