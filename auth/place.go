package auth

import (
	"context"
	"time"
)

// placeTime is how long Config.Place may take, for all addresses of a page together: a notice does not wait for it.
const placeTime = 50 * time.Millisecond

// places asks where addresses are, all at once. What fails or takes too long is left out: a place is a comfort, and no
// mail may be lost for it.
func (s *Service) places(ctx context.Context, addresses ...string) map[string]string {
	if s.cfg().Place == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, placeTime)
	defer cancel()
	answers, asked := make(chan [2]string, len(addresses)), map[string]bool{"": true}
	for _, address := range addresses {
		if !asked[address] {
			asked[address] = true
			go func() { answers <- [2]string{address, s.place(ctx, address)} }()
		}
	}
	found := map[string]string{}
	for range len(asked) - 1 {
		select {
		case answer := <-answers:
			found[answer[0]] = answer[1]
		case <-ctx.Done():
			return found
		}
	}
	return found
}

func (s *Service) place(ctx context.Context, address string) (place string) {
	defer func() {
		if recover() != nil { // on a goroutine of its own it would take the program along
			place = ""
		}
	}()
	place, err := s.cfg().Place(ctx, address)
	if err != nil {
		return ""
	}
	return place
}
