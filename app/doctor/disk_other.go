//go:build !linux && !darwin

package doctor

// FreeDisk is how many bytes may still be written where a file is; known is false where the system is not asked.
func FreeDisk(string) (free int64, known bool, err error) { return 0, false, nil }
