// Package importlimit lets the tests of package clinik, which see it from outside, lower the limit of an import.
package importlimit

// Lowered is how many characters an import may have in a test, and 0 everywhere else.
var Lowered int

// Lower lowers the limit, and returns what restores it.
func Lower(characters int) (restore func()) {
	before := Lowered
	Lowered = characters
	return func() { Lowered = before }
}
