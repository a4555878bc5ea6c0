package models

import (
	"context"
	"errors"
	"slices"
	"testing"
)

// TestReadAhead: every block comes once and in order, and no end is taken for the end that is none.
func TestReadAhead(t *testing.T) {
	upTo := func(last int, fault error) func(context.Context) ([]int, error) {
		n := 0
		return func(context.Context) ([]int, error) {
			if n++; n > last {
				return nil, fault
			}
			return []int{n}, nil
		}
	}
	var seen []int
	collect := func(block []int) error { seen = append(seen, block...); return nil }
	if err := readAhead(t.Context(), upTo(3, nil), collect); err != nil || !slices.Equal(seen, []int{1, 2, 3}) {
		t.Errorf("%v, %v", seen, err)
	}
	broken := errors.New("no disk")
	if err := readAhead(t.Context(), upTo(3, broken), collect); !errors.Is(err, broken) {
		t.Errorf("a fault of the reader: %v", err)
	}
	if err := readAhead(t.Context(), upTo(1000, nil), func([]int) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("a fault of the writer: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if err := readAhead(ctx, upTo(1000, nil), func([]int) error { cancel(); return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("cut short: %v", err)
	}
}
