package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// Setting is one change that an operator made to what holds while the program runs. The newest of a name counts.
type Setting struct {
	Version   int64  `gorm:"primaryKey;autoIncrement:false"` // counts the changes of all names
	Name      string // of a SettingRule
	Value     string // empty: the default
	ActorKind string // as in the audit log
	ActorID   string
	Reason    string
	BackTo    *int64 // the change that was put back, 0: the default; nil: the value was chosen
	CreatedAt time.Time
}

// SettingsVersion is the version of the newest change; 0: there was none.
func (db *DB) SettingsVersion(ctx context.Context) (n int64, err error) {
	return n, db.read(ctx).Model(&Setting{}).Select("COALESCE(MAX(version), 0)").Scan(&n).Error
}

// Settings are the newest change of every name.
func (db *DB) Settings(ctx context.Context) ([]Setting, error) {
	var list []Setting
	newest := db.read(ctx).Model(&Setting{}).Select("MAX(version)").Group("name")
	return list, db.read(ctx).Where("version IN (?)", newest).Order("version").Find(&list).Error
}

// SettingByName is the newest change of a name. Errors: ErrNotFound: it was never changed.
func (db *DB) SettingByName(ctx context.Context, name string) (Setting, error) {
	var row Setting
	return row, one(db.read(ctx).Where("name = ?", name).Order("version DESC").Limit(1).Take(&row).Error)
}

// SettingVersion is one change of a name. Errors: ErrNotFound.
func (db *DB) SettingVersion(ctx context.Context, name string, version int64) (Setting, error) {
	var row Setting
	return row, one(db.read(ctx).Take(&row, "name = ? AND version = ?", name, version).Error)
}

// SettingsOlder lists the changes of a name before a version, newest first; nil is the top.
func (db *DB) SettingsOlder(ctx context.Context, name string, than *int64, limit int) ([]Setting, error) {
	var list []Setting
	return list, db.settingsOlder(ctx, name, than, limit).Find(&list).Error
}

func (db *DB) settingsOlder(ctx context.Context, name string, than *int64, limit int) *gorm.DB {
	rows := db.read(ctx).Where("name = ?", name).Order("version DESC").Limit(limit)
	if than != nil {
		rows = rows.Where("version < ?", *than)
	}
	return rows
}

// SettingsNewer lists the changes of a name after a version, the nearest to it first.
func (db *DB) SettingsNewer(ctx context.Context, name string, than int64, limit int) ([]Setting, error) {
	var list []Setting
	return list, db.settingsNewer(ctx, name, than, limit).Find(&list).Error
}

func (db *DB) settingsNewer(ctx context.Context, name string, than int64, limit int) *gorm.DB {
	return db.read(ctx).Where("name = ? AND version > ?", name, than).Order("version").Limit(limit)
}

// ChangeSetting adds a change. ErrTaken: another one was made at the same time.
func (tx *Tx) ChangeSetting(ctx context.Context, row *Setting) error {
	newest, err := tx.SettingsVersion(ctx)
	if err != nil {
		return err
	}
	row.Version, row.CreatedAt = newest+1, tx.Now()
	return one(tx.write(ctx).Create(row).Error)
}
