package admin

import (
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
	names, err := namesIn(h, c, rows, func(row models.Setting) string { return row.ActorID })
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
