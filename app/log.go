package main

import (
	"io"
	"log/slog"
	"strings"
)

// newLog writes what an operator reads. Settings and values that are secret by type print as a mark
// (Secret); attributes whose name says so are blotted out here, as the last line of defence.
func newLog(w io.Writer, format string, level slog.Level) *slog.Logger {
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: blotOut}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

var secretNames = []string{"password", "secret", "token", "cookie", "authorization", "code", "verifier", "assertion"}

func blotOut(_ []string, a slog.Attr) slog.Attr {
	name := strings.ToLower(a.Key)
	for _, word := range secretNames {
		if strings.Contains(name, word) && a.Value.Kind() != slog.KindGroup {
			return slog.String(a.Key, redacted)
		}
	}
	return a
}
