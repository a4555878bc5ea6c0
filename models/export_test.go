package models

// InUse is how many connections somebody holds at this moment.
func (db *DB) InUse() (n int) {
	for _, pool := range db.sqlPools() {
		n += pool.Stats().InUse
	}
	if db.pool != nil {
		n += int(db.pool.Stat().AcquiredConns())
	}
	return n
}
