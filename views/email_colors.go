package views

// mailColors are the theme's colours as mail programs understand them: views_test.go compares them with theme.css.
var mailColors = map[string]map[string]string{
	"light": {
		"base-100": "#fefdfb", "base-200": "#f5f4f1", "base-300": "#e4e3dd", "base-content": "#19221d",
		"primary": "#03583f", "primary-content": "#f3fdf8",
	},
	"dark": {
		"base-100": "#19201d", "base-200": "#101714", "base-300": "#2c3531", "base-content": "#e9e8e2",
		"primary": "#7bd3a9", "primary-content": "#052016",
	},
}
