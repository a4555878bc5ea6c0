package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"path"
	"strings"
	"sync"
)

//go:embed app.css app.js brand.css htmx.min.js icon.svg
var files embed.FS

// Prefix starts the path of every asset.
const Prefix = "/static/"

// CacheControl fits every asset: its address changes with its content.
const CacheControl = "public, max-age=31536000, immutable"

// Asset is one embedded file, ready to send.
type Asset struct {
	Body        []byte // as embedded
	Gzip        []byte // the same, compressed; nil when that would not be smaller
	ContentType string
	ETag        string // quoted, from the content
}

var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

// index is built at the first use and never changes afterwards.
var index = sync.OnceValue(func() (i struct {
	urls   map[string]string // "app.css" → "/static/app.HASH.css"
	assets map[string]Asset  // "/static/app.HASH.css" → file
}) {
	i.urls, i.assets = map[string]string{}, map[string]Asset{}
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(fmt.Errorf("read embedded files: %w", err)) // cannot happen in a built binary
	}
	for _, entry := range entries {
		name := entry.Name()
		body, err := files.ReadFile(name)
		if err != nil {
			panic(fmt.Errorf("read embedded %s: %w", name, err))
		}
		sum := sha256.Sum256(body)
		hash := hex.EncodeToString(sum[:6])
		ext := path.Ext(name)
		url := Prefix + strings.TrimSuffix(name, ext) + "." + hash + ext
		i.urls[name] = url
		i.assets[url] = Asset{Body: body, Gzip: compress(body), ContentType: contentTypes[ext], ETag: `"` + hash + `"`}
	}
	return i
})

// URL is the address of a file by its plain name. An unknown name is a mistake in a template and panics.
func URL(name string) string {
	url, ok := index().urls[name]
	if !ok {
		panic("static: no file " + name)
	}
	return url
}

// Find returns the asset at a request path, as URL made it.
func Find(path string) (Asset, bool) {
	a, ok := index().assets[path]
	return a, ok
}

// Has tells whether the file exists and has content: brand.css is linked only then.
func Has(name string) bool {
	a, ok := Find(index().urls[name])
	return ok && len(bytes.TrimSpace(a.Body)) > 0
}

func compress(body []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is valid
	_, _ = w.Write(body)                                  // into memory: cannot fail
	_ = w.Close()
	if b.Len() >= len(body) {
		return nil
	}
	return b.Bytes()
}
