//go:build !go1.27

package transport

// sendsResetsAgain: over HTTP/2, net/http sends a request again by itself not only when the server says that it has not looked at it, but
// also after a reset with PROTOCOL_ERROR, whatever the server has done by then. Which of the two it was cannot be told, so that a call that
// must not be sent twice ends there.
const sendsResetsAgain = true
