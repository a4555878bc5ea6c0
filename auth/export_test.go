package auth

import "context"

// HoldHashSlot takes a slot of the gate as a hash in progress would.
func (s *Service) HoldHashSlot(ctx context.Context) (release func()) {
	release, err := s.gate.enter(ctx)
	if err != nil {
		panic(err)
	}
	return release
}

// HashesWaiting is how many wait at the gate.
func (s *Service) HashesWaiting() int64 { return s.gate.waiting.Load() }
