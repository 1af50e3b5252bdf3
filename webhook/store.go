package webhook

import (
	"context"
	"time"
)

// Store records which deliveries are being handled and which are done, for all replicas that share it. Its methods must
// be safe for concurrent use.
//
// A claim ends with its lease, so that a process that dies does not keep a delivery forever. Each claim has a token of its own:
// an owner whose lease has ended can neither extend nor release a later claim of another owner.
type Store interface {
	// Claim tries to claim key for the duration of lease. The State of the returned claim reports whether it did. It is
	// atomic: of several concurrent calls for an unclaimed key, exactly one claims it.
	Claim(ctx context.Context, key string, lease time.Duration) (Claim, error)

	// Extend extends a claim to lease from now. It returns [ErrClaimLost] if the claim ran out.
	Extend(ctx context.Context, c Claim, lease time.Duration) error

	// Done records for the duration of keep that the delivery was handled, even if the claim was lost meanwhile.
	Done(ctx context.Context, c Claim, keep time.Duration) error

	// Release ends a claim, so that the vendor's next attempt is handled. It does nothing if c is no longer the current
	// claim.
	Release(ctx context.Context, c Claim) error
}

// Claim is the result of [Store.Claim].
type Claim struct {
	Key   string
	Token string // names this claim; empty unless State is Claimed
	State ClaimState
}

// ClaimState says whether a delivery may be handled now.
type ClaimState int

// The states of a claim. The zero value is not one of them.
const (
	Claimed ClaimState = iota + 1 // ours: handle it, then call Done or Release
	Held                          // being handled, here or by another replica
	Handled                       // done before
)

// String returns the state in small letters.
func (s ClaimState) String() string {
	switch s {
	case Claimed:
		return "claimed"
	case Held:
		return "held"
	case Handled:
		return "handled"
	}
	return "unknown"
}
