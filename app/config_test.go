package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
)

var goodKey = base64.StdEncoding.EncodeToString([]byte("\x91\x02k\xf7\x1e\xa0\xd3\x8c\x55\xe9\x10\xb4\x7f\xc6\x2a\x83\x0d\xfe\x64\x99\xcb\x31\x5b\xe2\x17\xad\x08\xf0\x46\x9c\xd9\x72"))

func production(more ...string) []string {
	return append([]string{"APP_ENV=production", "BASE_URL=https://id.example.com", "SECRET_KEY=" + goodKey}, more...)
}

// TestDefaults: nothing has to be set for development.
func TestDefaults(t *testing.T) {
	config, err := loadConfig(nil)
	if err != nil {
		t.Fatal(err)
	}
	if !config.demo() || config.production() || config.Addr != ":3000" || config.MetricsAddr != "127.0.0.1:9464" ||
		config.LogFormat != "text" || config.demoClientURL() != "http://localhost:3001" {
		t.Errorf("%+v", config)
	}
	if config, err = loadConfig(production("METRICS_ADDR=")); err != nil || config.demo() || config.MetricsAddr != "" || config.LogFormat != "json" {
		t.Errorf("production: %+v, %v", config, err)
	}
}

// TestMistakesAreNamedAtOnce: one start tells all that is wrong, by the names of the settings, and nothing else.
func TestMistakesAreNamedAtOnce(t *testing.T) {
	_, err := loadConfig([]string{
		"APP_ENV=prodution", "ADDR=3000", "BASE_URL=http://localhost:3000/", "DATABASE_URL=mysql://user:canary@h/x", "SECRET_KEY=canary",
		"SMTP_URL=ftp://user:canary@h", "MAIL_FROM=nobody", "TRUSTED_PROXIES=10.0.0.0/8,lan", "RATE_LIMIT_SCALE=0", "SIGNUP=maybe",
		"PASSWORD_BREACH_URL=http://x", "LOG_FORMAT=xml", "LOG_LEVEL=loud", "DEMO=perhaps", "AUTO_MIGRATE=si", "METRICS_ADDR=x", "DEMO_CLIENT_ADDR=y",
	})
	if err == nil {
		t.Fatal("no mistake found")
	}
	for _, setting := range []string{
		"APP_ENV", "ADDR", "BASE_URL", "DATABASE_URL", "SECRET_KEY", "SMTP_URL", "MAIL_FROM", "TRUSTED_PROXIES", "RATE_LIMIT_SCALE", "SIGNUP",
		"PASSWORD_BREACH_URL", "LOG_FORMAT", "LOG_LEVEL", "DEMO", "AUTO_MIGRATE", "METRICS_ADDR", "DEMO_CLIENT_ADDR",
	} {
		if !strings.Contains("\n"+err.Error(), "\n"+setting+": ") {
			t.Errorf("%s is not named in:\n%v", setting, err)
		}
	}
	if strings.Contains(err.Error(), "canary") {
		t.Errorf("a secret is printed: %v", err)
	}
}

// TestProductionRefusesExamples: each rule alone.
func TestProductionRefusesExamples(t *testing.T) {
	key := func(raw []byte) string { return "SECRET_KEY=" + base64.StdEncoding.EncodeToString(raw) }
	ascending := make([]byte, keyBytes)
	for i := range ascending {
		ascending[i] = byte(200 + i)
	}
	for name, c := range map[string]struct{ set, names string }{
		"no key":            {"SECRET_KEY=", "SECRET_KEY"},
		"zeros":             {key(make([]byte, keyBytes)), "SECRET_KEY"},
		"typed":             {key([]byte("example-key-do-not-use-it-please")), "SECRET_KEY"},
		"counted":           {key(ascending), "SECRET_KEY"},
		"blanks around":     {"SECRET_KEY= " + base64.StdEncoding.EncodeToString(make([]byte, keyBytes)) + " ", "SECRET_KEY"},
		"without padding":   {"SECRET_KEY=" + base64.RawURLEncoding.EncodeToString([]byte("example-key-do-not-use-it-please")), "SECRET_KEY"},
		"one of two":        {"SECRET_KEY=" + goodKey + "," + base64.StdEncoding.EncodeToString(make([]byte, keyBytes)), "SECRET_KEY"},
		"too short":         {key([]byte("short")), "SECRET_KEY"},
		"http":              {"BASE_URL=http://id.example.com", "BASE_URL"},
		"demo":              {"DEMO=true", "DEMO"},
		"misspelt":          {"APP_ENV=Production", "APP_ENV"},
		"key and file":      {"SECRET_KEY_FILE=/dev/null", "SECRET_KEY"},
		"upper-case issuer": {"BASE_URL=https://ID.example.com", "BASE_URL"},
	} {
		_, err := loadConfig(production(c.set))
		if err == nil || !strings.HasPrefix(err.Error(), c.names+": ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := loadConfig(production()); err != nil {
		t.Errorf("a sound production is refused: %v", err)
	}
	if _, err := loadConfig(production("SECRET_KEY=" + goodKey + ", " + strings.TrimRight(goodKey, "="))); err != nil {
		t.Errorf("a ring of two is refused: %v", err)
	}
}

// TestSettingsHaveOneForm: what other programs compare byte for byte is refused in any other form, and so are
// numbers nothing can be multiplied by.
func TestSettingsHaveOneForm(t *testing.T) {
	for _, setting := range []string{
		"BASE_URL=https://ID.example.com", "BASE_URL=https://id.example.com/x", "BASE_URL=https://id.example.com?x", "BASE_URL=https://user@id.example.com",
		"BASE_URL=https://id.example.com:", "BASE_URL=ftp://id.example.com", "BASE_URL=https://", "BASE_URL=//id.example.com",
		"RATE_LIMIT_SCALE=-1", "RATE_LIMIT_SCALE=NaN", "RATE_LIMIT_SCALE=Inf", "SIGNUP=domains:", "TRUSTED_PROXIES=proxy.example.com",
	} {
		if _, err := loadConfig([]string{setting}); err == nil {
			t.Errorf("%s was accepted", setting)
		}
	}
	for _, setting := range []string{
		"BASE_URL=https://id.example.com:8443", "BASE_URL=http://[::1]:3000", "TRUSTED_PROXIES=10.0.0.0/8,::1,192.0.2.7",
		"SIGNUP=domains:a.example,b.example", "RATE_LIMIT_SCALE=0.5",
	} {
		if _, err := loadConfig([]string{setting}); err != nil {
			t.Errorf("%s: %v", setting, err)
		}
	}
}

// TestMistakesEndTheProgram: exit code 1, a line for each on stderr, nothing on stdout.
func TestMistakesEndTheProgram(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("APP_ENV", "production")
	t.Setenv("SECRET_KEY", "")
	t.Setenv("BASE_URL", "http://localhost")
	for _, command := range []string{"serve", "seed", "routes"} {
		var stdout, stderr bytes.Buffer
		if code := run([]string{command}, &stdout, &stderr); code != 1 || stdout.Len() > 0 || strings.Count(stderr.String(), "\n") != 2 {
			t.Errorf("%s: exit %d, stdout %q, stderr %q", command, code, &stdout, &stderr)
		}
	}
}

// TestLoadingWritesNothing: a start that fails leaves no trace.
func TestLoadingWritesNothing(t *testing.T) {
	t.Chdir(t.TempDir())
	if _, err := loadConfig([]string{"DEMO=perhaps"}); err == nil {
		t.Fatal("no mistake found")
	}
	if found, err := os.ReadDir("."); err != nil || len(found) > 0 {
		t.Errorf("left behind: %v, %v", found, err)
	}
}

// TestOwnKey: development makes a key, for its owner alone; of many starts at once all use the same.
func TestOwnKey(t *testing.T) {
	config := Config{DataDir: filepath.Join(t.TempDir(), "data")}
	seals := make([][]byte, 8)
	var starts sync.WaitGroup
	for i := range seals {
		starts.Go(func() {
			ring, err := config.keyRing()
			if err == nil {
				seals[i] = ring.Derive("test")[0]
			}
		})
	}
	starts.Wait()
	for i := range seals {
		if seals[i] == nil || !bytes.Equal(seals[i], seals[0]) {
			t.Fatal("two starts have two keys")
		}
	}
	for path, want := range map[string]fs.FileMode{config.DataDir: 0o700, filepath.Join(config.DataDir, "secret.key"): 0o600} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	if left, _ := os.ReadDir(config.DataDir); len(left) != 1 {
		t.Errorf("drafts are left: %v", left)
	}
}

// TestSecretKeyFile is read as SECRET_KEY is.
func TestSecretKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte(goodKey+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := loadConfig([]string{"APP_ENV=production", "BASE_URL=https://id.example.com", "SECRET_KEY_FILE=" + path}); err != nil {
		t.Error(err)
	}
	_, err := loadConfig([]string{"SECRET_KEY_FILE=" + path + ".missing"})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
}

// TestPrintingIsSafe: settings that may hold a password print as a mark in every way Go prints.
func TestPrintingIsSafe(t *testing.T) {
	config, err := loadConfig([]string{"DATABASE_URL=postgres://user:canary@h/x", "SMTP_URL=smtp://user:canary@h", "SECRET_KEY=" + goodKey})
	if err != nil {
		t.Fatal(err)
	}
	asJSON, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	newLog(&log, "json", slog.LevelInfo).Info("settings", "all", config, "one", config.DatabaseURL)
	for _, text := range []string{fmt.Sprintf("%v", config), fmt.Sprintf("%+v", config), fmt.Sprintf("%#v", config), string(asJSON), log.String()} {
		if strings.Contains(text, "canary") || strings.Contains(text, goodKey) {
			t.Errorf("printed: %s", text)
		}
	}
}

// TestEnvExampleNamesEverySetting: .env.example and Config hold the same names, and every line can be loaded.
func TestEnvExampleNamesEverySetting(t *testing.T) {
	text, err := os.ReadFile("../.env.example")
	if err != nil {
		t.Fatal(err)
	}
	var named, lines []string
	for line := range strings.SplitSeq(string(text), "\n") {
		if setting, isSetting := strings.CutPrefix(line, "#"); isSetting && strings.Contains(setting, "=") && !strings.HasPrefix(setting, " ") {
			name, _, _ := strings.Cut(setting, "=")
			named, lines = append(named, name), append(lines, setting)
		}
	}
	want := settingNames()
	slices.Sort(named)
	slices.Sort(want)
	if !slices.Equal(named, want) {
		t.Errorf("the file names %v\nthe program reads %v", named, want)
	}
	lines = slices.DeleteFunc(lines, func(line string) bool { return strings.HasPrefix(line, "SECRET_KEY_FILE=") })
	if _, err := loadConfig(lines); err != nil {
		t.Errorf("its values: %v", err)
	}
}

func settingNames() []string {
	var names []string
	for field := range reflect.TypeFor[Config]().Fields() {
		if name := field.Tag.Get("env"); name != "" {
			names = append(names, name)
		}
	}
	return names
}
