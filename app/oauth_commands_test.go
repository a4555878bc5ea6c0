package main

import (
	"strings"
	"testing"

	"latchkey/app/doctor"
	"latchkey/models"
)

func TestCommands_Client(t *testing.T) {
	inFolder(t)
	made := jsonOf[clientJSON](t, "client", "create", "--name", "Digest", "--redirect-uri", "https://digest.example/callback",
		"--post-logout-uri", "https://digest.example/bye", "--scope", "openid", "--reason", "test", "--id-token-alg", "ES256", "--code-seconds", "30", "--refresh-idle-seconds", "7200")
	if made.ID == "" || len(made.PostLogout) != 1 || !strings.HasPrefix(made.Secret, "lk_cs_") || made.Kind != "web" {
		t.Errorf("made %+v", made)
	}
	if made.IDTokenAlg != "ES256" || len(made.Lives) != 2 || made.Lives["code-seconds"] != 30 || made.Lives["refresh-idle-seconds"] != 7200 {
		t.Errorf("its own policies: %+v", made)
	}
	if rotated := jsonOf[map[string]string](t, "client", "rotate-secret", made.ID, "--overlap", "1h", "--reason", "test"); rotated["client_secret"] == made.Secret || rotated["client_secret"] == "" {
		t.Errorf("rotated to %v", rotated)
	}
	jsonOf[map[string]any](t, "client", "disable", made.ID)
	list := jsonOf[[]clientJSON](t, "client", "list")
	if len(list) != 1 || !list[0].Disabled || list[0].Secret != "" {
		t.Errorf("listed %+v", list)
	}
	if enabled := jsonOf[map[string]any](t, "client", "enable", made.ID, "--reason", "test"); enabled["client_id"] != made.ID || enabled["disabled"] != false {
		t.Errorf("enabled %v", enabled)
	}
	if list := jsonOf[[]clientJSON](t, "client", "list"); len(list) != 1 || list[0].Disabled {
		t.Errorf("after enable: %+v", list)
	}
	if code, _, stderr := command(t, "client", "enable", made.ID); code != 1 || !strings.Contains(stderr, made.ID) {
		t.Errorf("enabled twice: exit %d, %q", code, stderr)
	}
	if code, _, _ := command(t, "client", "delete", made.ID); code != 1 {
		t.Errorf("deleted while enabled: exit %d", code)
	}
	jsonOf[map[string]any](t, "client", "unverify", made.ID)
	jsonOf[map[string]any](t, "client", "verify", made.ID, "--reason", "test")
	jsonOf[map[string]any](t, "client", "disable", made.ID, "--reason", "test")
	if gone := jsonOf[map[string]any](t, "client", "delete", made.ID, "--reason", "test"); gone["deleted"] != true || len(jsonOf[[]clientJSON](t, "client", "list")) != 0 {
		t.Errorf("deleted %v", gone)
	}
	for _, action := range []string{"create", "rotate_secret", "disable", "enable", "verify", "delete"} {
		checkCommandRow(t, models.Action("admin.client."+action))
	}
	code, _, stderr := command(t, "client", "create", "--redirect-uri", "http://digest.example/#x")
	if code != 1 || !strings.Contains(stderr, "name") || !strings.Contains(stderr, "redirect_uri") {
		t.Errorf("exit %d, %q: want both mistakes at once", code, stderr)
	}
	code, _, stderr = command(t, "client", "create", "--name", "Digest", "--redirect-uri", "https://digest.example/callback", "--id-token-alg", "HS256", "--code-seconds", "5", "--access-token", "jwt")
	for _, field := range []string{"id_token_alg", "code_seconds", "access_token_format"} {
		if code != 1 || !strings.Contains(stderr, field) {
			t.Errorf("exit %d, %q: nothing of %s", code, stderr, field)
		}
	}
}

func TestCommands_Keys(t *testing.T) {
	inFolder(t)
	before := jsonOf[[]keyJSON](t, "keys", "list")
	if len(before) != 2 {
		t.Fatalf("%d keys at first", len(before))
	}
	for _, f := range jsonOf[[]doctor.Finding](t, "doctor") {
		if f.Level == "error" {
			t.Errorf("a fresh start is sick: %+v", f)
		}
	}
	jsonOf[[]keyJSON](t, "keys", "rotate", "--now", "--reason", "test")
	after := jsonOf[[]keyJSON](t, "keys", "list")
	if len(after) != 4 {
		t.Errorf("%d keys after a rotation", len(after))
	}
	in := func(keys []keyJSON, state string) (kids []string) {
		for _, key := range keys {
			if key.State == state {
				kids = append(kids, key.KID)
			}
		}
		return kids
	}
	jsonOf[[]keyJSON](t, "keys", "retire", in(after, "retiring")[0])
	checkCommandRow(t, "admin.key.rotate")
	jsonOf[[]keyJSON](t, "keys", "rotate")
	announced := jsonOf[[]keyJSON](t, "keys", "list")
	jsonOf[[]keyJSON](t, "keys", "activate", in(announced, "next")[0])
	last := jsonOf[[]keyJSON](t, "keys", "revoke", in(announced, "active")[0], "--reason", "test")
	if len(in(last, "retired")) != 1 || len(in(last, "active")) != 2 || len(in(last, "revoked")) != 1 {
		t.Errorf("after each step: %+v", last)
	}
	checkCommandRow(t, "admin.key.revoke")
	if code, _, stderr := command(t, "keys", "activate", in(last, "revoked")[0]); code != 1 || stderr == "" {
		t.Errorf("a revoked key signs again: exit %d", code)
	}
}
