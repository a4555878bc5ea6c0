package models

import (
	"context"
	"fmt"
)

// readAhead hands on one block after another until there is none, and reads the next one while each works on the one before:
// the database and whoever writes the file do not wait for one another. No more than two blocks are held.
func readAhead[T any](ctx context.Context, next func(context.Context) ([]T, error), each func([]T) error) error {
	type read struct {
		rows []T
		err  error
	}
	reading, stop := context.WithCancel(ctx)
	blocks := make(chan read)
	go func() {
		defer close(blocks)
		for {
			rows, err := next(reading)
			if err == nil && len(rows) == 0 {
				return
			}
			select {
			case blocks <- read{rows, err}:
			case <-reading.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	defer func() {
		stop()
		for range blocks { // the reader has ended when the caller goes on
		}
	}()
	for block := range blocks {
		if block.err != nil {
			return block.err
		}
		if err := each(block.rows); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("read ahead: %w", err)
	}
	return nil
}
