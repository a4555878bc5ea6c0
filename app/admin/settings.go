package admin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"latchkey/auth"
	"latchkey/models"
)

// The actions on settings in the audit log.
const (
	auditSettingChange models.Action = "admin.setting.change"
	auditSettingRevert models.Action = "admin.setting.revert"
)

// settingWords is what they are called.
var settingWords = map[models.Action]models.AuditWords{
	auditSettingChange: {Done: "Setting changed", Failed: "Setting not changed", Severity: models.SeverityWarning},
	auditSettingRevert: {Done: "Earlier value of a setting put back", Failed: "Earlier value of a setting not put back", Severity: models.SeverityWarning},
}

// settingOwner is a part of the house that has settings.
type settingOwner struct {
	list   func() []models.SettingState
	change func(values map[string]string) error
	effect func(ctx context.Context, name, value string) ([]string, error)
}

func (h *Handler) settingOwners() []settingOwner {
	return []settingOwner{
		{h.People.Settings, h.People.ChangeSettings, h.People.SettingEffect},
		{h.OAuth.Settings, h.OAuth.ChangeSettings, h.OAuth.SettingEffect}, // oauth
	}
}

// Settings are the choices of all parts, by group.
func (h *Handler) Settings() []models.SettingState {
	list := slices.Clone(h.Machine)
	for _, owner := range h.settingOwners() {
		list = append(list, owner.list()...)
	}
	slices.SortStableFunc(list, func(a, b models.SettingState) int {
		return slices.Index(models.SettingGroups, a.Group) - slices.Index(models.SettingGroups, b.Group)
	})
	return list
}

// setting finds one by name. Errors: models.ErrNotFound.
func (h *Handler) setting(name string) (models.SettingState, error) {
	for _, setting := range h.Settings() {
		if setting.Name == name {
			return setting, nil
		}
	}
	return models.SettingState{}, models.ErrNotFound
}

// settingsRead is which change of the settings this process has read last.
type settingsRead struct {
	mu      sync.Mutex
	version int64
}

// ReadSettings puts in place what operators chose, here or in another process, since it was last asked: one look at a number
// when there is nothing new.
func (h *Handler) ReadSettings(ctx context.Context) error {
	h.read.mu.Lock()
	defer h.read.mu.Unlock()
	version, err := h.DB.SettingsVersion(ctx)
	if err != nil {
		return fmt.Errorf("look for changed settings: %w", err)
	}
	if version == h.read.version {
		return nil
	}
	rows, err := h.DB.Settings(ctx)
	if err != nil {
		return fmt.Errorf("read settings: %w", err)
	}
	values := map[string]string{}
	for _, row := range rows {
		h.read.version = max(h.read.version, row.Version)
		if row.Value != "" {
			values[row.Name] = row.Value
		}
	}
	for _, owner := range h.settingOwners() {
		if err := owner.change(values); err != nil { // bounds may have moved since; the place must not stop for it
			h.Log.ErrorContext(ctx, "settings left out", "error", err)
		}
	}
	return nil
}

// SettingChange is what an operator decided about a setting.
type SettingChange struct {
	Name    string
	Value   string // empty: the default
	BackTo  *int64 // the change that is put back, 0: the default; nil: the value is a new one
	Reason  string
	Version string // of the setting they decided on; the command line looks at none
}

func (c SettingChange) action() models.Action {
	if c.BackTo != nil {
		return auditSettingRevert
	}
	return auditSettingChange
}

// settingVersion names the state of a setting in a form. newest is its newest change.
func settingVersion(setting models.SettingState, newest models.Setting) (string, error) {
	return models.Version([]any{setting.Name, setting.Value, setting.Source, newest.Version})
}

// ChangeSetting changes a setting for every process, with its row in the audit log. Errors: auth.Invalid, auth.Forbidden,
// auth.ErrChanged, auth.ErrSignedOut, models.ErrNotFound.
func (h *Handler) ChangeSetting(ctx context.Context, op auth.Operator, change SettingChange) error {
	setting, err := h.setting(change.Name)
	if err != nil {
		return err
	}
	reason, sentence := models.OperatorReason(change.Reason)
	if change.Reason = reason; sentence != "" && op.ID != "" {
		return auth.Invalid{"reason": sentence}
	}
	value, err := checkSetting(setting, change.Value)
	if err != nil {
		return err
	}
	err = h.DB.InTx(ctx, func(tx *models.Tx) error { return h.storeSetting(ctx, tx, op, setting, change, value) })
	if errors.Is(err, models.ErrTaken) {
		err = auth.ErrChanged
	}
	if err != nil {
		return h.People.NoteRefused(ctx, op, change.action(), "", err)
	}
	return h.ReadSettings(ctx)
}

// checkSetting gives the one spelling of a value; that of the default is the default's own. Errors: auth.Invalid.
func checkSetting(setting models.SettingState, value string) (string, error) {
	if !setting.Changeable() {
		return "", auth.Invalid{"value": "This is not changed here"}
	}
	if value == "" {
		return setting.Default, nil
	}
	spelled, sentence := setting.Kind.Check(value)
	if sentence != "" {
		return "", auth.Invalid{"value": sentence}
	}
	return spelled, nil
}

func (h *Handler) storeSetting(ctx context.Context, tx *models.Tx, op auth.Operator, setting models.SettingState, change SettingChange, value string) error {
	op, err := h.People.Operating(tx.Context(), op, auth.RightOperate)
	if err != nil {
		return err
	}
	newest, err := newestChange(ctx, tx.DB, setting.Name)
	if err != nil {
		return err
	}
	if version, err := settingVersion(setting, newest); err != nil || version != change.Version && op.ID != "" {
		return errors.Join(err, auth.ErrChanged)
	}
	if err := h.People.KeepsOperatorIn(tx.Context(), op, setting.Name, value); err != nil {
		return err
	}
	event := op.Event(change.action(), "")
	row := models.Setting{Name: setting.Name, Value: change.Value, ActorKind: event.ActorKind, ActorID: op.ID, Reason: change.Reason, BackTo: change.BackTo}
	if change.Value != "" {
		row.Value = value
	}
	if err := tx.ChangeSetting(ctx, &row); err != nil {
		return err
	}
	event.Reason, event.TargetKind, event.TargetID = change.Reason, "setting", setting.Name
	event.Changes = map[string]models.Change{"value": {Old: setting.Kind.Say(setting.Value), New: setting.Kind.Say(value)}}
	return tx.Audit(ctx, event)
}

// newestChange is the newest change of a setting, or the zero one.
func newestChange(ctx context.Context, db *models.DB, name string) (models.Setting, error) {
	newest, err := db.SettingByName(ctx, name)
	if errors.Is(err, models.ErrNotFound) {
		return newest, nil
	}
	return newest, err
}
