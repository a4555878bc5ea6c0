package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"latchkey/models"
)

// openDatabase opens the database of DATABASE_URL with the keys of SECRET_KEY.
func openDatabase(ctx context.Context, config Config, observe func(ctx context.Context, sql string, rows int64, took time.Duration, err error)) (*models.DB, error) {
	keys, err := config.keyRing()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	db, err := models.Open(ctx, models.Options{URL: string(config.DatabaseURL), Keys: keys, Now: config.Now, Observe: observe})
	if err != nil {
		return nil, unreachable(string(config.DatabaseURL), err)
	}
	return db, nil
}

// checkDatabase joins what is wrong with the database to the other mistakes of a production start: an operator
// wants to hear all of them at once. Looking at a file would make it, so only a server is asked.
func (c *Config) checkDatabase(ctx context.Context) error {
	if !c.production() || strings.HasPrefix(string(c.DatabaseURL), "sqlite:") {
		return nil
	}
	keys, err := models.NewKeyRing([][]byte{make([]byte, keyBytes)}) // seals nothing
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	db, err := models.Open(ctx, models.Options{URL: string(c.DatabaseURL), Keys: keys})
	if err != nil {
		return unreachable(string(c.DatabaseURL), err)
	}
	return db.Close()
}

// unreachable says in one sentence what to do. The address is named without user and password.
func unreachable(databaseURL string, err error) error {
	if path, isFile := strings.CutPrefix(databaseURL, "sqlite:"); isFile {
		return fmt.Errorf("the database file %s cannot be opened: check its folder's permissions and free space, or set DATABASE_URL (%w)", path, err)
	}
	place := "of DATABASE_URL"
	if u, parseErr := url.Parse(databaseURL); parseErr == nil {
		place = "at " + u.Host + u.Path
	}
	return fmt.Errorf("the database %s does not answer: start it, or correct DATABASE_URL (%s)", place, cause(err))
}

// cause is the last word of an error chain: what the driver puts around it repeats the address, with the user.
func cause(err error) string {
	var network *net.OpError
	if errors.As(err, &network) {
		return network.Err.Error()
	}
	lines := strings.Split(strings.TrimSpace(err.Error()), "\n")
	last := lines[len(lines)-1]
	return strings.TrimSpace(last[strings.LastIndex(last, ": ")+1:])
}
