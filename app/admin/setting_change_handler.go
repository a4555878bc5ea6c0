package admin

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/views"
)

func (h *Handler) showChangeSetting(c *fiber.Ctx) error {
	setting, err := h.settingOf(c)
	if err != nil {
		return err
	}
	var form views.SettingForm
	if err := c.QueryParser(&form); err != nil {
		return fiber.ErrBadRequest
	}
	if form.Amount == "" && form.Value == "" { // nothing was typed yet, or a fresh proof of identity came between
		return h.drawSetting(c, fiber.StatusOK, setting, formOf(setting))
	}
	value, err := checkSetting(setting, typedValue(setting.Kind, form))
	if err != nil {
		return h.redrawSetting(c, setting, form, err)
	}
	if err := h.People.KeepsOperatorIn(c.UserContext(), operator(c), setting.Name, value); err != nil {
		return h.redrawSetting(c, setting, form, err)
	}
	form.Value = value
	return h.askSetting(c, fiber.StatusOK, "change", setting, value, form)
}

// typedValue is the value that the fields of a form say; what makes no sense is left for the rule to refuse.
func typedValue(kind models.SettingKind, form views.SettingForm) string {
	switch kind.Word {
	case models.SettingLasting:
		return models.LengthOf(form.Amount, form.Unit)
	case models.SettingWhole:
		return orNonsense(form.Amount)
	}
	return orNonsense(form.Value)
}

// orNonsense keeps a field that was left empty from meaning the default.
func orNonsense(typed string) string {
	if typed == "" {
		return "-"
	}
	return typed
}

// redrawSetting draws the form again with what was wrong beside the field it was typed in.
func (h *Handler) redrawSetting(c *fiber.Ctx, setting models.SettingState, form views.SettingForm, err error) error {
	status, errs, err := reject(onTheForm(err))
	if err != nil {
		return err
	}
	form.Errors = errs
	if word := setting.Kind.Word; errs["value"] != "" && (word == models.SettingLasting || word == models.SettingWhole) {
		form.Errors = views.Errors{"amount": errs["value"]}
	}
	return h.drawSetting(c, status, setting, form)
}

func (h *Handler) submitChangeSetting(c *fiber.Ctx) error {
	return h.submitSetting(c, "change", func(_ models.SettingState, form views.SettingForm) (SettingChange, error) {
		return SettingChange{Value: orNonsense(form.Value)}, nil
	})
}

func (h *Handler) showRevertSetting(c *fiber.Ctx) error {
	setting, err := h.settingOf(c)
	if err != nil {
		return err
	}
	back, err := h.earlier(c, setting)
	if err != nil {
		return err
	}
	value, err := checkSetting(setting, back.Value)
	if err != nil {
		return h.redrawSetting(c, setting, formOf(setting), err)
	}
	return h.askSetting(c, fiber.StatusOK, revertTo(c), setting, value, views.SettingForm{})
}

// revertTo is the end of the address of the question.
func revertTo(c *fiber.Ctx) string { return "revert/" + c.Params("version") }

// earlier finds the change that is to be put back. Errors: models.ErrNotFound.
func (h *Handler) earlier(c *fiber.Ctx, setting models.SettingState) (SettingChange, error) {
	version, err := strconv.ParseInt(c.Params("version"), 10, 64)
	if err != nil || strconv.FormatInt(version, 10) != c.Params("version") {
		return SettingChange{}, models.ErrNotFound
	}
	back := SettingChange{BackTo: &version}
	if version == 0 {
		return back, nil
	}
	row, err := h.DB.SettingVersion(c.UserContext(), setting.Name, version)
	back.Value = row.Value
	return back, err
}

func (h *Handler) submitRevertSetting(c *fiber.Ctx) error {
	return h.submitSetting(c, revertTo(c), func(setting models.SettingState, _ views.SettingForm) (SettingChange, error) {
		return h.earlier(c, setting)
	})
}

// submitSetting does what the question asked, or asks it again.
func (h *Handler) submitSetting(c *fiber.Ctx, act string, decide func(models.SettingState, views.SettingForm) (SettingChange, error)) error {
	var form views.SettingForm
	var change SettingChange
	return answer(c, &form, views.FlashActDone, func() (string, error) {
		setting, err := h.settingOf(c)
		if err != nil {
			return "", err
		}
		if change, err = decide(setting, form); err != nil {
			return "", err
		}
		change.Name, change.Reason, change.Version = setting.Name, form.WholeReason(), form.Version
		return settingsPath + "/" + setting.Name, onTheForm(h.ChangeSetting(c.UserContext(), operator(c), change))
	}, func(status int) error {
		setting, err := h.settingOf(c)
		if err != nil {
			return err
		}
		value, err := checkSetting(setting, change.Value)
		if err != nil { // what no form of ours sends
			return fiber.ErrBadRequest
		}
		return h.askSetting(c, status, act, setting, value, form)
	})
}

// onTheForm makes a refusal that has a sentence of its own, such as what would lock the operator out, one about the form.
func onTheForm(err error) error {
	var forbidden auth.Forbidden
	if errors.As(err, &forbidden) && forbidden.Sentence != "" {
		return auth.Invalid{"": forbidden.Sentence}
	}
	return err
}

// askSetting draws the question, with what the change would do now.
func (h *Handler) askSetting(c *fiber.Ctx, status int, act string, setting models.SettingState, value string, form views.SettingForm) error {
	if value == setting.Value && setting.Changeable() {
		return moot(c, settingsPath+"/"+setting.Name)
	}
	page := views.SettingQuestionPage{
		Name: setting.Name, Label: setting.Label, Begins: setting.Begins, Act: act, From: setting.Kind.Say(setting.Value), To: setting.Kind.Say(value),
		Changed: changed(status), Form: form,
	}
	for _, owner := range h.settingOwners() {
		effects, err := owner.effect(c.UserContext(), setting.Name, value)
		if err != nil {
			return fmt.Errorf("preview setting %s: %w", setting.Name, err)
		}
		page.Effects = append(page.Effects, effects...)
	}
	err := askOn(status, &page.Form.ReasonForm, func() (string, error) {
		newest, err := newestChange(c.UserContext(), h.DB, setting.Name)
		if err != nil {
			return "", err
		}
		return settingVersion(setting, newest)
	})
	if err != nil {
		return err
	}
	return views.Render(c, status, views.SettingQuestion(page))
}
