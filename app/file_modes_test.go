package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestFileModes: what the first start writes is for its owner alone, with a generous umask, too: the database, its
// log, the lock of the migrations and the key.
func TestFileModes(t *testing.T) {
	inFolder(t)
	jsonOf[[]map[string]any](t, "seed")
	files := 0
	err := filepath.WalkDir("data", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if entry.IsDir() {
			want = 0o700
		} else {
			files++
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %o, not %o", path, info.Mode().Perm(), want)
		}
		return nil
	})
	if err != nil || files < 3 {
		t.Errorf("%d files, %v", files, err)
	}
}
