// Package static holds the files a browser downloads beside the pages: the stylesheet, two scripts and the icon.
//
// They are embedded, named by their content (URL("app.css") is "/static/app.5d41402abc4b.css") and compressed once,
// so a browser may keep each for a year and a changed file is a new address. The package knows no HTTP library:
// Find answers with bytes and headers' values, and views.ServeStatic sends them.
package static
