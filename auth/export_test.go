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

// HashCost is what checking against a stored hash takes: KiB and passes. ok is false for what is checked against
// the decoy.
func HashCost(stored string) (memory, passes uint32, ok bool) {
	hash, ok := parseArgon(stored)
	return hash.memory, hash.time, ok
}
