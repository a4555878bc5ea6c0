package views

// mailColors are the theme's colours as mail programs understand them: views_test.go compares them with theme.css.
var mailColors = map[string]map[string]string{
	"light": {
		"base-100": "#fefdfb", "base-200": "#f5f4f0", "base-300": "#e5e3de", "base-content": "#18211d",
		"primary": "#03573e", "primary-content": "#f5fcf8",
	},
	"dark": {
		"base-100": "#181f1c", "base-200": "#0f1613", "base-300": "#2b3430", "base-content": "#e9e7e2",
		"primary": "#79d3a9", "primary-content": "#041b12",
	},
}
