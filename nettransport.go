//go:build !js

package caremux

import (
	"net/http"
	"time"

	"github.com/caremux/caremux/internal/conns"
)

// NewTransport returns a transport with the standard library's defaults and a pool that suits many calls to few hosts: up to 100 idle
// connections for each. Its connections count the bytes written to them: a POST of which no byte was sent is retried, while with other
// transports it may have been applied. In a browser it uses the Fetch API.
func NewTransport() *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           conns.Dial,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          1000,
		MaxIdleConnsPerHost:   100,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
		// A connection that died without a word is noticed by a ping, not by the calls that it swallows.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 15 * time.Second},
	}
}
