package admin

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"latchkey/auth"
	"latchkey/models"
	"latchkey/views"
)

const (
	settingsPath   = root + "/settings"
	changesPerPage = 25
)

func (h *Handler) showSettings(c *fiber.Ctx) error {
	if err := h.ReadSettings(c.UserContext()); err != nil {
		return err
	}
	newest, err := h.DB.Settings(c.UserContext())
	if err != nil {
		return err
	}
	changes, err := h.settingChanges(c, newest)
	if err != nil {
		return err
	}
	var page views.SettingsPage
	for _, setting := range h.Settings() {
		if n := len(page.Groups); n == 0 || page.Groups[n-1].Name != setting.Group {
			page.Groups = append(page.Groups, views.SettingGroup{Name: setting.Group})
		}
		row := settingRow(setting)
		for i, change := range newest {
			if change.Name == setting.Name && setting.Source == models.SourceHere {
				row.Changed = &changes[i]
			}
		}
		group := &page.Groups[len(page.Groups)-1]
		group.Rows = append(group.Rows, row)
	}
	return views.Render(c, fiber.StatusOK, views.AllSettings(page))
}

func settingRow(s models.SettingState) views.SettingRow {
	return views.SettingRow{
		Name: s.Name, Label: s.Label, Sentence: s.Sentence, Begins: s.Begins, Variable: s.Variable, Source: s.Source,
		Value: s.Kind.Say(s.Value), Default: s.Kind.Say(s.Default), Record: s.Kind.Word != models.SettingShown,
	}
}

// settingChanges are changes in words, with who made them.
func (h *Handler) settingChanges(c *fiber.Ctx, rows []models.Setting) ([]views.SettingChange, error) {
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ActorID
	}
	names, err := h.People.MemberNames(c.UserContext(), operator(c), ids)
	if err != nil {
		return nil, err
	}
	list := make([]views.SettingChange, len(rows))
	for i, row := range rows {
		list[i] = views.SettingChange{
			Version: strconv.FormatInt(row.Version, 10), By: changedBy(row, names), At: row.CreatedAt, Reason: row.Reason,
			PutBack: row.BackTo != nil, IsDefault: row.Value == "",
		}
	}
	return list, nil
}

func changedBy(row models.Setting, names map[string]string) views.AuditParty {
	switch name := names[row.ActorID]; {
	case row.ActorID == "":
		return views.AuditParty{Label: "The command line"}
	case name == "":
		return views.AuditParty{Label: "An account that is gone", Code: row.ActorID}
	default:
		return views.AuditParty{Label: name, Member: row.ActorID}
	}
}

func (h *Handler) showSetting(c *fiber.Ctx) error {
	setting, err := h.settingOf(c)
	if err != nil {
		return err
	}
	return h.drawSetting(c, fiber.StatusOK, setting, formOf(setting))
}

// settingOf reads the setting of the address, as it is in every process. What is only shown has no page.
func (h *Handler) settingOf(c *fiber.Ctx) (models.SettingState, error) {
	if err := h.ReadSettings(c.UserContext()); err != nil {
		return models.SettingState{}, err
	}
	setting, err := h.setting(c.Params("name"))
	if err == nil && setting.Kind.Word == models.SettingShown {
		err = models.ErrNotFound
	}
	return setting, err
}

// formOf is a form that holds the value of now.
func formOf(s models.SettingState) views.SettingForm {
	form := views.SettingForm{Amount: s.Value, Value: s.Value}
	if d, err := time.ParseDuration(s.Value); err == nil && s.Kind.Word == models.SettingLasting {
		n, unit := models.LengthParts(d)
		form.Amount, form.Unit = strconv.FormatInt(n, 10), unit
	}
	return form
}

func (h *Handler) drawSetting(c *fiber.Ctx, status int, setting models.SettingState, form views.SettingForm) error {
	rows, err := models.ReadPage(h.DB, models.Place{Newer: c.Query("newer"), Older: c.Query("older"), Limit: changesPerPage},
		"settings|"+operator(c).ID+"|"+setting.Name, func(row models.Setting) int64 { return row.Version },
		func(than *int64, limit int) ([]models.Setting, error) {
			return h.DB.SettingsOlder(c.UserContext(), setting.Name, than, limit)
		},
		func(than int64, limit int) ([]models.Setting, error) {
			return h.DB.SettingsNewer(c.UserContext(), setting.Name, than, limit)
		})
	if err != nil {
		return malformed(err)
	}
	page := views.SettingPage{
		SettingRow: settingRow(setting), Kind: setting.Kind.Word, Bounds: setting.Kind.Bounds(), Form: form,
		Newer: listAddress(c, "newer", rows.Newer), Older: listAddress(c, "older", rows.Older),
		MayChange: operator(c).Role.May(auth.RightOperate),
	}
	for _, choice := range setting.Kind.Offered() {
		page.Choices = append(page.Choices, views.SettingOption(choice))
	}
	if page.Changes, err = h.settingChanges(c, rows.Rows); err != nil {
		return err
	}
	for i, row := range rows.Rows {
		page.Changes[i].Value = said(setting, row.Value)
		page.Changes[i].Now = i == 0 && rows.Newer == "" && setting.Source != models.SourceEnvironment
	}
	if len(rows.Rows) > 0 && rows.Older == "" {
		page.Changes = append(page.Changes, views.SettingChange{Version: "0", Value: said(setting, ""), IsDefault: true})
	}
	return views.Render(c, status, views.Setting(page))
}

// said is a stored value in words; nothing stands for the default.
func said(s models.SettingState, value string) string {
	if value == "" {
		value = s.Default
	}
	return s.Kind.Say(value)
}

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
	status, errs, err := rejectedSetting(err)
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
	if err := c.BodyParser(&form); err != nil {
		return fiber.ErrBadRequest
	}
	setting, err := h.settingOf(c)
	if err != nil {
		return err
	}
	change, err := decide(setting, form)
	if err != nil {
		return err
	}
	change.Name, change.Reason, change.Version = setting.Name, form.Reason, form.Version
	err = h.ChangeSetting(c.UserContext(), operator(c), change)
	if err == nil {
		return views.RedirectWith(c, settingsPath+"/"+setting.Name, views.FlashActDone)
	}
	status, errs, err := rejectedSetting(err)
	if err != nil {
		return err
	}
	form.Errors = errs
	value, err := checkSetting(setting, change.Value)
	if err != nil { // what no form of ours sends
		return fiber.ErrBadRequest
	}
	if status == fiber.StatusConflict {
		if setting, err = h.settingOf(c); err != nil {
			return err
		}
	}
	return h.askSetting(c, status, act, setting, value, form)
}

// rejectedSetting tells how a question is asked again: 422 for what was typed and for what would lock the operator out, 409
// for what has changed. Other errors are passed on.
func rejectedSetting(err error) (int, views.Errors, error) {
	var invalid auth.Invalid
	var forbidden auth.Forbidden
	switch {
	case errors.As(err, &invalid):
		return fiber.StatusUnprocessableEntity, views.Errors(invalid), nil
	case errors.As(err, &forbidden) && forbidden.Sentence != "":
		return fiber.StatusUnprocessableEntity, views.Errors{"": forbidden.Sentence}, nil
	case errors.Is(err, auth.ErrChanged):
		return fiber.StatusConflict, nil, nil
	}
	return 0, nil, err
}

// askSetting draws the question, with what the change would do now.
func (h *Handler) askSetting(c *fiber.Ctx, status int, act string, setting models.SettingState, value string, form views.SettingForm) error {
	if value == setting.Value && setting.Changeable() {
		return moot(c, settingsPath+"/"+setting.Name)
	}
	page := views.SettingQuestionPage{
		Name: setting.Name, Label: setting.Label, Begins: setting.Begins, Act: act, From: setting.Kind.Say(setting.Value), To: setting.Kind.Say(value),
		Changed: status == fiber.StatusConflict, Form: form,
	}
	for _, owner := range h.settingOwners() {
		effects, err := owner.effect(c.UserContext(), setting.Name, value)
		if err != nil {
			return fmt.Errorf("preview setting %s: %w", setting.Name, err)
		}
		page.Effects = append(page.Effects, effects...)
	}
	if status != fiber.StatusUnprocessableEntity {
		newest, err := newestChange(c.UserContext(), h.DB, setting.Name)
		if err != nil {
			return err
		}
		if page.Form.Version, err = settingVersion(setting, newest); err != nil {
			return err
		}
	}
	return views.Render(c, status, views.SettingQuestion(page))
}
