package caremux

// Value returns what p points to, and the zero value if p is nil: many fields of records are pointers, which
// distinguishes what a vendor left out from what it sent as empty.
func Value[T any](p *T) T {
	if p == nil {
		return *new(T)
	}
	return *p
}
