package auth

import "strings"

// describeUserAgent names the browser and the system of a User-Agent header, in words a person knows.
// Either is empty when unknown. The header is a claim: it is shown, never decided upon.
func describeUserAgent(header string) (browser, system string) {
	return firstIn(header, browserMarks), firstIn(header, systemMarks)
}

// The marks stand in this order because later names also occur in earlier browsers' headers.
var (
	browserMarks = [][2]string{
		{"Edg/", "Edge"}, {"EdgA/", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"}, {"Vivaldi/", "Vivaldi"},
		{"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"},
	}
	systemMarks = [][2]string{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"CrOS", "ChromeOS"}, {"Windows", "Windows"},
		{"Mac OS X", "macOS"}, {"Linux", "Linux"},
	}
)

func firstIn(header string, marks [][2]string) string {
	for _, mark := range marks {
		if strings.Contains(header, mark[0]) {
			return mark[1]
		}
	}
	return ""
}
