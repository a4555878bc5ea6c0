package models

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"gorm.io/gorm/schema"
)

// A column tagged `gorm:"serializer:sealed"` (string or []byte) is encrypted with the key ring; table,
// column and row id are the associated data. Its struct has ID as the first field, set before the
// insert. The ring travels in the context, because GORM's serializers are global and rings are not.
func init() { schema.RegisterSerializer("sealed", sealedColumn{}) }

type keysKey struct{}

func (db *DB) withKeys(ctx context.Context) context.Context {
	return context.WithValue(ctx, keysKey{}, db.keys)
}

type sealedColumn struct{}

func (sealedColumn) Value(ctx context.Context, field *schema.Field, row reflect.Value, value any) (any, error) {
	plain, err := plainBytes(value)
	if err != nil || len(plain) == 0 {
		return nil, err
	}
	ring, place, err := ringAndPlace(ctx, field, row)
	if err != nil {
		return nil, err
	}
	return ring.Seal(plain, place)
}

func (sealedColumn) Scan(ctx context.Context, field *schema.Field, row reflect.Value, stored any) error {
	sealed, err := plainBytes(stored)
	if err != nil || len(sealed) == 0 {
		return err
	}
	ring, place, err := ringAndPlace(ctx, field, row)
	if err != nil {
		return err
	}
	plain, err := ring.Open(sealed, place)
	if err != nil {
		return fmt.Errorf("open sealed column %s.%s: %w", field.Schema.Table, field.DBName, err)
	}
	target := field.ReflectValueOf(ctx, row)
	if target.Kind() == reflect.String {
		target.SetString(string(plain))
	} else {
		target.SetBytes(plain)
	}
	return nil
}

func ringAndPlace(ctx context.Context, field *schema.Field, row reflect.Value) (*KeyRing, []byte, error) {
	ring, ok := ctx.Value(keysKey{}).(*KeyRing)
	if !ok {
		return nil, nil, errors.New("sealed column without a key ring")
	}
	id, zero := field.Schema.PrioritizedPrimaryField.ValueOf(ctx, row)
	if zero {
		return nil, nil, fmt.Errorf("sealed column %s.%s: the row has no id", field.Schema.Table, field.DBName)
	}
	return ring, fmt.Appendf(nil, "%s.%s/%v", field.Schema.Table, field.DBName, id), nil
}

func plainBytes(value any) ([]byte, error) {
	switch v := value.(type) {
	case nil:
		return nil, nil
	case []byte:
		return v, nil
	case string:
		return []byte(v), nil
	}
	return nil, fmt.Errorf("a column of text or bytes cannot hold %T", value)
}
