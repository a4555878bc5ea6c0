package views

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// oklab is a colour as CSS mixes it; lightness from 0 to 1.
type oklab struct{ l, a, b float64 }

// themes reads the tokens of theme.css: theme name → token → colour.
func themes(t *testing.T) map[string]map[string]oklab {
	t.Helper()
	css, err := os.ReadFile("theme.css")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]map[string]oklab{}
	for _, block := range strings.Split(string(css), "@plugin")[1:] {
		name := regexp.MustCompile(`name: "(\w+)"`).FindStringSubmatch(block)[1]
		found[name] = map[string]oklab{}
		for _, m := range regexp.MustCompile(`--color-([\w-]+): oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\)`).FindAllStringSubmatch(block, -1) {
			n := func(i int) float64 { v, _ := strconv.ParseFloat(m[i], 64); return v }
			hue := n(4) * math.Pi / 180
			found[name][m[1]] = oklab{n(2) / 100, n(3) * math.Cos(hue), n(3) * math.Sin(hue)}
		}
	}
	if len(found) != 2 {
		t.Fatalf("theme.css holds %d themes", len(found))
	}
	return found
}

// rgb is the colour in linear light, cut to what a screen shows.
func (c oklab) rgb() [3]float64 {
	l := math.Pow(c.l+0.3963377774*c.a+0.2158037573*c.b, 3)
	m := math.Pow(c.l-0.1055613458*c.a-0.0638541728*c.b, 3)
	s := math.Pow(c.l-0.0894841775*c.a-1.2914855480*c.b, 3)
	clamp := func(v float64) float64 { return math.Min(1, math.Max(0, v)) }
	return [3]float64{
		clamp(4.0767416621*l - 3.3077115913*m + 0.2309699292*s),
		clamp(-1.2684380046*l + 2.6097574011*m - 0.3413193965*s),
		clamp(-0.0041960863*l - 0.7034186147*m + 1.7076147010*s),
	}
}

func (c oklab) hex() string {
	out := "#"
	for _, v := range c.rgb() {
		if v <= 0.0031308 {
			v *= 12.92
		} else {
			v = 1.055*math.Pow(v, 1/2.4) - 0.055
		}
		out += fmt.Sprintf("%02x", int(math.Round(v*255)))
	}
	return out
}

// mix is CSS's color-mix(in oklab, c share, d).
func (c oklab) mix(share float64, d oklab) oklab {
	r := 1 - share
	return oklab{c.l*share + d.l*r, c.a*share + d.a*r, c.b*share + d.b*r}
}

// contrast is the ratio of WCAG 2.2 §1.4.3.
func contrast(c, d oklab) float64 {
	luminance := func(c oklab) float64 { v := c.rgb(); return 0.2126*v[0] + 0.7152*v[1] + 0.0722*v[2] }
	high, low := luminance(c), luminance(d)
	if high < low {
		high, low = low, high
	}
	return (high + 0.05) / (low + 0.05)
}

func TestThemeContrast(t *testing.T) {
	if got := contrast(oklab{1, 0, 0}, oklab{0, 0, 0}); math.Abs(got-21) > 0.01 {
		t.Fatalf("white on black is %.2f", got)
	}
	for name, token := range themes(t) {
		expect := func(what string, c, ground oklab, least float64) {
			if got := contrast(c, ground); got < least {
				t.Errorf("%s: %s has %.2f:1, needs %.1f:1", name, what, got, least)
			}
		}
		ink, card := token["base-content"], token["base-100"]
		for _, ground := range []string{"base-100", "base-200"} {
			expect("text on "+ground, ink, token[ground], 7)
			expect("faint text on "+ground, ink.mix(.72, card), token[ground], 4.5)
			expect("placeholders on "+ground, ink.mix(.66, card), token[ground], 4.5)
			expect("field borders on "+ground, ink.mix(.55, card), token[ground], 3)
			expect("text of a pressed segment on "+ground, ink, ink.mix(.13, token[ground]), 7)
			for _, role := range []string{"primary", "info", "success", "warning", "error"} {
				expect(role+" as text on "+ground, token[role], token[ground], 6)
				expect(role+" in a soft box on "+ground, token[role], token[role].mix(.08, card), 4.5)
			}
		}
		for _, role := range []string{"primary", "neutral", "info", "success", "warning", "error"} {
			expect("content of "+role, token[role+"-content"], token[role], 6)
		}
		expect("content of accent", token["accent-content"], token["accent"], 4.5)
	}
}

func TestMailColorsMatchTheme(t *testing.T) {
	token := themes(t)
	for name, colors := range mailColors {
		for role, hex := range colors {
			if want := token[name][role].hex(); hex != want {
				t.Errorf("%s %s is %s in mails, %s in theme.css", name, role, hex, want)
			}
		}
	}
}

var colour = regexp.MustCompile(`(?i)(?:[\s"':,(]#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})\b["';,)\s]|\b(?:rgba?|hsla?|oklch|oklab|lab|lch)\(|` +
	`\b(?:text|bg|border|ring|fill|stroke|from|to|decoration|outline|divide|accent|caret|shadow)-(?:black|white|(?:slate|gray|zinc|neutral|stone|red|orange|amber|yellow|lime|green|emerald|teal|cyan|sky|blue|indigo|violet|purple|fuchsia|pink|rose)-\d{2,3})\b|` +
	`(?:color|background|fill|stroke)[:=]\s*"?(?:black|white|red|green|blue|gray|grey)\b)`)

func TestNoColourOutsideTheme(t *testing.T) {
	for _, bad := range []string{`class="text-green-700"`, `color: #1a2b3c;`, `fill="#fff" `, `background: rgb(0 0 0)`, `class="bg-white"`, `color: red`} {
		if !colour.MatchString(bad) {
			t.Errorf("not seen as a colour: %s", bad)
		}
	}
	files, _ := filepath.Glob("*")
	for _, file := range append(files, "../static/app.js") {
		if file == "theme.css" || file == "email_colors.go" || strings.HasSuffix(file, "_test.go") || strings.HasSuffix(file, "_templ.go") {
			continue
		}
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(content), "\n") {
			if found := colour.FindString(line); found != "" {
				t.Errorf("%s:%d names the colour %q", file, i+1, found)
			}
		}
	}
}
