package main

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"latchkey/models"
)

const keyBytes = 32

// parseKeys reads a comma list of base64 keys: the first encrypts, all decrypt. No error holds the value.
func parseKeys(text string) ([][]byte, error) {
	var keys [][]byte
	for i, part := range strings.Split(strings.TrimSpace(text), ",") {
		key, err := decodeKey(strings.TrimSpace(part))
		if err != nil || len(key) != keyBytes {
			return nil, fmt.Errorf("key %d is not base64 of %d bytes; make one with: openssl rand -base64 32", i+1, keyBytes)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// decodeKey takes standard and URL-safe base64, padded or not.
func decodeKey(text string) ([]byte, error) {
	text = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
	return base64.RawStdEncoding.DecodeString(text)
}

// looksMade tells a key that somebody typed, copied from an example or filled with one byte from a random
// one. Of 32 random bytes, nearly 30 differ, and they do not all fall among the printable characters:
// a false alarm is less likely than one in 10^13.
func looksMade(key []byte) bool {
	different, printable := map[byte]bool{}, 0
	for _, b := range key {
		different[b] = true
		if b >= 0x20 && b < 0x7F {
			printable++
		}
	}
	return len(different) < 16 || printable == len(key) || ascending(key)
}

func ascending(key []byte) bool {
	for i := 1; i < len(key); i++ {
		if key[i] != key[i-1]+1 {
			return false
		}
	}
	return true
}

// checkSecretKey looks at the configured key without making one.
func (c *Config) checkSecretKey() error {
	text, err := c.configuredKey()
	if err != nil || text == "" {
		return err
	}
	keys, err := parseKeys(text)
	if err != nil {
		return err
	}
	for i, key := range keys {
		if c.production() && looksMade(key) {
			return fmt.Errorf("key %d is an example or was typed by hand; make one with: openssl rand -base64 32", i+1)
		}
	}
	return nil
}

func (c *Config) configuredKey() (string, error) {
	switch {
	case c.SecretKey != "" && c.SecretKeyFile != "":
		return "", errors.New("set SECRET_KEY or SECRET_KEY_FILE, not both")
	case c.SecretKeyFile != "":
		text, err := os.ReadFile(c.SecretKeyFile)
		if err != nil {
			return "", fmt.Errorf("SECRET_KEY_FILE cannot be read: %w", err)
		}
		return strings.TrimSpace(string(text)), nil
	}
	return string(c.SecretKey), nil
}

// keyRing is the ring of SECRET_KEY. Without one, development makes a key of its own and keeps it.
func (c *Config) keyRing() (*models.KeyRing, error) {
	text, err := c.configuredKey()
	if err == nil && text == "" {
		text, err = ownKey(filepath.Join(c.DataDir, "secret.key"))
	}
	if err != nil {
		return nil, fmt.Errorf("secret key: %w", err)
	}
	keys, err := parseKeys(text)
	if err != nil {
		return nil, fmt.Errorf("secret key: %w", err)
	}
	return models.NewKeyRing(keys)
}

// ownKey reads the key file, or makes it. Of two processes that start at once, one makes it and both read it.
func ownKey(path string) (string, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	var raw [keyBytes]byte
	rand.Read(raw[:]) // never fails: crypto/rand ends the process instead
	if err := writeOnce(path, base64.StdEncoding.EncodeToString(raw[:])+"\n"); err != nil {
		return "", err
	}
	text, err := os.ReadFile(path)
	return strings.TrimSpace(string(text)), err
}

// writeOnce makes a private file with all its content, or leaves the one that is there: a link appears
// whole or not at all.
func writeOnce(path, text string) error {
	draft, err := os.CreateTemp(filepath.Dir(path), ".draft-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(draft.Name())
	_, err = draft.WriteString(text)
	if err := errors.Join(err, draft.Close()); err != nil {
		return err
	}
	if err := os.Link(draft.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}
