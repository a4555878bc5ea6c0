//go:build linux || darwin

package doctor

import (
	"fmt"
	"path/filepath"
	"syscall"
)

// FreeDisk is how many bytes may still be written where a file is; known is false where the system is not asked.
func FreeDisk(file string) (free int64, known bool, err error) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(filepath.Dir(file), &disk); err != nil {
		return 0, false, fmt.Errorf("look at the disk: %w", err)
	}
	return int64(disk.Bavail) * int64(disk.Bsize), true, nil //nolint:unconvert // on macOS it is of another type
}
