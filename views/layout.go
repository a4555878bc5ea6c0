package views

// titleFragment wraps the <title> of every page, so that a fragment brings its title along.
const titleFragment = "page-title"
