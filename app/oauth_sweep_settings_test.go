package main

import (
	"context"
	"testing"

	"latchkey/models"
)

// settingPlaces are addresses of the pages about one setting, which has an earlier value to put back.
func (s *sweep) settingPlaces(t *testing.T, places map[string]string) {
	t.Helper()
	s.chosen(t, "recovery-codes", "12")
	places["/admin/settings/{name}"] = "/admin/settings/session-idle"
	places["/admin/settings/{name}/change"] = "/admin/settings/session-idle/change"
	places["/admin/settings/{name}/revert/{version}"] = "/admin/settings/recovery-codes/revert/0"
}

// settingForms are the forms about settings, filled in.
func (s *sweep) settingForms(t *testing.T, admin *actor, forms map[string]filled) {
	t.Helper()
	forms["POST /admin/settings/{name}/change"] = filled{
		by: admin, want: "/admin/settings/session-idle", changes: "settings",
		form: fields("reason", "Screens stay open over lunch", "value", "2h30m0s", "version", s.settingVersion(t, "session-idle")),
	}
	forms["POST /admin/settings/{name}/revert/{version}"] = filled{
		by: admin, want: "/admin/settings/recovery-codes", changes: "settings",
		form: fields("reason", "It was better before", "version", s.settingVersion(t, "recovery-codes")),
	}
}

// chosen makes a setting have a value that an operator chose.
func (s *sweep) chosen(t *testing.T, name, value string) {
	t.Helper()
	s.must(t, s.db.InTx(t.Context(), func(tx *models.Tx) error {
		return tx.ChangeSetting(t.Context(), &models.Setting{Name: name, Value: value, ActorKind: "operator", ActorID: s.idOf(t, "admin@example.test"), Reason: "A sample of a reason"})
	}))
	s.must(t, s.admin.ReadSettings(t.Context()))
}

// settingVersion is what the question about a setting carries as it is now.
func (s *sweep) settingVersion(t *testing.T, name string) string {
	t.Helper()
	state := s.setting(t, name)
	newest, err := s.db.SettingByName(context.Background(), name)
	if err != nil && newest.Version != 0 {
		t.Fatal(err)
	}
	version, err := models.Version([]any{state.Name, state.Value, state.Source, newest.Version})
	s.must(t, err)
	return version
}

// setting is one as it is now in this process.
func (h *house) setting(t *testing.T, name string) models.SettingState {
	t.Helper()
	for _, state := range h.admin.Settings() {
		if state.Name == name {
			return state
		}
	}
	t.Fatalf("no setting %s", name)
	return models.SettingState{}
}
