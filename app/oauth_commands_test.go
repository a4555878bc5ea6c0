package main

import (
	"strings"
	"testing"
)

func TestCommands_Client(t *testing.T) {
	inFolder(t)
	made := jsonOf[clientJSON](t, "client", "create", "--name", "Digest", "--redirect-uri", "https://digest.example/callback",
		"--post-logout-uri", "https://digest.example/bye", "--scope", "openid")
	if made.ID == "" || len(made.PostLogout) != 1 || !strings.HasPrefix(made.Secret, "lk_cs_") || made.Kind != "web" {
		t.Errorf("made %+v", made)
	}
	if rotated := jsonOf[map[string]string](t, "client", "rotate-secret", made.ID, "--overlap", "1h"); rotated["client_secret"] == made.Secret || rotated["client_secret"] == "" {
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
	code, _, stderr := command(t, "client", "create", "--redirect-uri", "http://digest.example/#x")
	if code != 1 || !strings.Contains(stderr, "name") || !strings.Contains(stderr, "redirect_uri") {
		t.Errorf("exit %d, %q: want both mistakes at once", code, stderr)
	}
}

func TestCommands_Keys(t *testing.T) {
	inFolder(t)
	before := jsonOf[[]keyJSON](t, "keys", "list")
	if len(before) != 2 {
		t.Fatalf("%d keys at first", len(before))
	}
	for _, f := range jsonOf[[]finding](t, "doctor") {
		if f.Level == "error" {
			t.Errorf("a fresh start is sick: %+v", f)
		}
	}
	jsonOf[[]keyJSON](t, "keys", "rotate", "--now", "--reason", "test")
	after := jsonOf[[]keyJSON](t, "keys", "list")
	if len(after) != 4 {
		t.Errorf("%d keys after a rotation", len(after))
	}
}
