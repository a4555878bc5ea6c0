package views

import (
	"context"
	"strings"

	"github.com/a-h/templ"
)

// Mail programs read styles from attributes; the names in braces are the theme's tokens. No quotes: they would be
// escaped twice on the way into the attribute.
var mailStyles = map[string]string{
	"body":    "margin:0;padding:32px 16px;background:{base-200};color:{base-content};font:16px/1.5 -apple-system,Segoe UI,Roboto,Noto Sans,sans-serif",
	"column":  "max-width:560px;margin:0 auto",
	"brand":   "margin:0 0 16px;font-weight:600",
	"card":    "padding:32px;background:{base-100};border:1px solid {base-300};border-radius:12px",
	"heading": "margin:0 0 16px;font-size:22px;line-height:1.25;font-weight:600",
	"text":    "margin:0 0 16px",
	"code":    "margin:0 0 24px;font:600 32px/1.2 ui-monospace,Menlo,Consolas,monospace;letter-spacing:6px",
	"act":     "margin:0 0 24px",
	"button":  "display:inline-block;padding:12px 20px;background:{primary};color:{primary-content};border-radius:8px;font-weight:600;text-decoration:none",
	"link":    "color:{base-content};word-break:break-all",
	"facts":   "margin:24px 0 16px;padding:16px 0 0;border-top:1px solid {base-300}",
	"foot":    "margin:16px 0 0;font-size:14px",
}

// mailStyle is the style attribute of one part, in the light colours.
func mailStyle(part string) templ.SafeCSS {
	return templ.SafeCSS(withColors(mailStyles[part], "light"))
}

func withColors(css, theme string) string {
	for token, hex := range mailColors[theme] {
		css = strings.ReplaceAll(css, "{"+token+"}", hex)
	}
	return css
}

type mailThemeKey struct{}

// withMailTheme fixes the theme of a mail, for the gallery; a real mail follows the reader's program.
func withMailTheme(ctx context.Context, theme string) context.Context {
	return context.WithValue(ctx, mailThemeKey{}, theme)
}

// mailDarkRules overrides the colours for readers who like it dark. An attribute loses only to !important.
func mailDarkRules(ctx context.Context) string {
	query := "(prefers-color-scheme: dark)"
	switch theme, _ := ctx.Value(mailThemeKey{}).(string); theme {
	case "light":
		return ""
	case "dark":
		query = "screen"
	}
	return withColors("@media "+query+" {"+
		".body{background:{base-200}!important;color:{base-content}!important}"+
		".card{background:{base-100}!important;border-color:{base-300}!important}"+
		".button{background:{primary}!important;color:{primary-content}!important}"+
		".link{color:{base-content}!important}"+
		".facts{border-color:{base-300}!important}"+
		"}", "dark")
}
