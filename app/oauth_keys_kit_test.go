package main

import (
	"context"
	"sync"

	"latchkey/models"
)

// lent are the signing keys of the first house in this process. To make an RSA key takes longer than most tests do.
var lent struct {
	sync.Mutex
	keys []models.OAuthKey
}

// lendKeys gives a house without signing keys those of the first one.
func lendKeys(ctx context.Context, h *house) error {
	if err := h.migrate(ctx); err != nil {
		return err
	}
	lent.Lock()
	defer lent.Unlock()
	keys, err := h.db.OAuthKeys(ctx)
	if err != nil || len(keys) > 0 {
		return err
	}
	if lent.keys == nil {
		if err := h.prepareOAuth(ctx); err != nil {
			return err
		}
		lent.keys, err = h.db.OAuthKeys(ctx)
		return err
	}
	for _, key := range lent.keys {
		now := h.db.Now()
		key.CreatedAt, key.ActivatesAt = now, now
		if _, err := h.db.CreateOAuthKey(ctx, &key); err != nil {
			return err
		}
	}
	return nil
}
