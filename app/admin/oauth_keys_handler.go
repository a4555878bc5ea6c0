package admin

import (
	"slices"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/oauthserver"
	"latchkey/views"
)

// keyRotations are the acts on all keys, by the end of their address.
var keyRotations = []struct {
	name string
	how  oauthserver.KeyRotation
}{{"announce", oauthserver.RotateAnnounced}, {"rotate", oauthserver.RotateNow}}

// keySteps are the acts on one key.
var keySteps = []oauthserver.KeyStep{oauthserver.KeySign, oauthserver.KeyUnpublish, oauthserver.KeyRevoke}

func (h *Handler) showKeys(c *fiber.Ctx) error {
	by := h.oauthOperator(c)
	found, err := h.OAuth.Keys(c.UserContext(), by)
	if err != nil {
		return oauthFault(err, auth.RightRead)
	}
	page := views.KeysPage{Published: found.Published, MayAct: by.May(oauthserver.RightOperate), MayAnnounce: !found.Announced}
	for _, key := range found.Keys {
		row := keyRow(key, page.MayAct)
		if key.Ended == nil {
			if row.Tokens, err = h.OAuth.SignedBy(c.UserContext(), key); err != nil {
				return err
			}
		}
		page.Rows = append(page.Rows, row)
	}
	return views.Render(c, fiber.StatusOK, views.Keys(page))
}

func keyRow(key oauthserver.KeyRecord, mayAct bool) views.KeyRow {
	row := views.KeyRow{KID: key.KID, Alg: key.Alg, State: key.State, Signs: key.Signs, Signed: moment(key.Signed), Verifies: moment(key.Verifies), Ended: moment(key.Ended), Until: moment(key.Until), Due: moment(key.Due)}
	for _, step := range key.Steps {
		if mayAct {
			row.Steps = append(row.Steps, string(step))
		}
	}
	return row
}

func (h *Handler) showRotateKeys(name string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		return h.ask(c, h.rotationQuestion(name), fiber.StatusOK, views.OAuthActForm{})
	}
}

func (h *Handler) submitRotateKeys(name string, how oauthserver.KeyRotation) fiber.Handler {
	return func(c *fiber.Ctx) error {
		return h.answerOAuth(c, h.rotationQuestion(name), keysPath, func(form views.OAuthActForm) error {
			return h.OAuth.RotateKeys(c.UserContext(), h.oauthDecided(c, form), how)
		})
	}
}

func (h *Handler) rotationQuestion(name string) oauthQuestion {
	return oauthQuestion{right: auth.RightOperate, back: keysPath, page: func(c *fiber.Ctx) (views.OAuthActPage, bool, error) {
		found, err := h.OAuth.Keys(c.UserContext(), h.oauthOperator(c))
		if err != nil {
			return views.OAuthActPage{}, false, err
		}
		page := keyPage(name+"-keys", name)
		page.Name, page.Form.Version = "All signing keys", found.Version
		return page, name != "announce" || !found.Announced, nil
	}}
}

func keyPage(act, path string) views.OAuthActPage {
	return views.OAuthActPage{Act: act, Action: keysPath + "/" + path, Back: keysPath, List: "Signing keys", Up: keysPath}
}

func (h *Handler) showKeyStep(step oauthserver.KeyStep) fiber.Handler {
	return func(c *fiber.Ctx) error { return h.ask(c, h.keyQuestion(step), fiber.StatusOK, views.OAuthActForm{}) }
}

func (h *Handler) submitKeyStep(step oauthserver.KeyStep) fiber.Handler {
	return func(c *fiber.Ctx) error {
		return h.answerOAuth(c, h.keyQuestion(step), keysPath, func(form views.OAuthActForm) error {
			return h.OAuth.StepKey(c.UserContext(), h.oauthDecided(c, form), c.Params("kid"), step)
		})
	}
}

func (h *Handler) keyQuestion(step oauthserver.KeyStep) oauthQuestion {
	return oauthQuestion{right: auth.RightOperate, back: keysPath, page: func(c *fiber.Ctx) (views.OAuthActPage, bool, error) {
		found, err := h.OAuth.Keys(c.UserContext(), h.oauthOperator(c))
		if err != nil {
			return views.OAuthActPage{}, false, err
		}
		i := slices.IndexFunc(found.Keys, func(key oauthserver.KeyRecord) bool { return key.KID == c.Params("kid") })
		if i < 0 {
			return views.OAuthActPage{}, false, models.ErrNotFound
		}
		key := found.Keys[i]
		page := keyPage(string(step)+"-key", key.KID+"/"+string(step))
		page.Name, page.Note, page.Form.Version = key.Alg, key.KID, key.Version
		if step == oauthserver.KeyRevoke {
			page.Type = key.Alg
		}
		if page.Ends, err = h.keyEnds(c, key, step); err != nil {
			return page, false, err
		}
		return page, slices.Contains(key.Steps, step), nil
	}}
}

// keyEnds counts what a step with a key takes the worth from.
func (h *Handler) keyEnds(c *fiber.Ctx, key oauthserver.KeyRecord, step oauthserver.KeyStep) (views.AccessEnds, error) {
	what := map[oauthserver.KeyStep]string{oauthserver.KeyUnpublish: "unchecked", oauthserver.KeyRevoke: "signed"}[step]
	if what == "" {
		return nil, nil
	}
	signed, err := h.OAuth.SignedBy(c.UserContext(), key)
	return views.AccessEnds{{What: what, Count: signed}}, err
}
