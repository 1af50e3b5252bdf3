//go:build go1.27

package transport

// sendsResetsAgain: what net/http sends again by itself has not been looked at.
const sendsResetsAgain = false
