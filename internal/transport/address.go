package transport

import (
	"cmp"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/wire"
)

// This file is the one rule for addresses that a vendor names: of uploads and downloads, of redirects, of the next page.

// SameOrigin reports whether two addresses are of one server: the same scheme, host and port, however they are spelled.
func SameOrigin(a, b *url.URL) bool {
	return strings.EqualFold(a.Scheme, b.Scheme) && sameHost(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

func sameHost(a, b string) bool {
	if ip, err := netip.ParseAddr(a); err == nil {
		other, err := netip.ParseAddr(b)
		return err == nil && ip.Unmap() == other.Unmap()
	}
	return strings.EqualFold(strings.TrimSuffix(a, "."), strings.TrimSuffix(b, "."))
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	switch strings.ToLower(u.Scheme) {
	case "http":
		return "80"
	case "https":
		return "443"
	}
	return ""
}

// storageAddress parses an address that the vendor named. It is asked without credentials, and only over TLS.
func (c *Client) storageAddress(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || !c.mayAsk(u) {
		return nil, &caremux.ArgumentError{Field: "address", Rule: "must be an https URL"}
	}
	return u, nil
}

// mayAsk reports whether an address may be asked on a vendor's word. In the clear it may be only where the client itself speaks so: the
// vendor's own server, or a fake with a storage of its own on this machine.
func (c *Client) mayAsk(u *url.URL) bool {
	switch {
	case u.Hostname() == "", u.User != nil:
		return false
	case u.Scheme == "https":
		return true
	}
	return u.Scheme == "http" && c.base.Scheme == "http" && (SameOrigin(u, c.base) || local(u.Hostname()) && local(c.base.Hostname()))
}

func local(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// redirects decides what becomes of a redirect. Credentials never leave the origin of the first request: an operation that needs them ends
// with the redirect itself as its response, and one that reads a file goes on without them, for vendors keep files elsewhere.
func (a *attempts) redirects(next func(*http.Request, []*http.Request) error) func(*http.Request, []*http.Request) error {
	return func(req *http.Request, via []*http.Request) error {
		first := via[0]
		if !SameOrigin(req.URL, first.URL) {
			if !a.mayLeave(req, first) {
				return http.ErrUseLastResponse
			}
			a.elsewhere = true
		}
		if a.elsewhere { // also where it leads back
			bareHeader(req)
		} else if own := first.Header["Authorization"]; own != nil {
			req.Header["Authorization"] = own // net/http takes it away from another spelling of the origin
		}
		if a.sends != nil {
			a.sends.redirect(req.Method != first.Method)
		}
		if next != nil {
			return next(req, via)
		}
		if len(via) >= 10 {
			return http.ErrUseLastResponse
		}
		return nil
	}
}

// mayLeave reports whether a request may go to another origin: a body to where its storage says, and the download of a file.
func (a *attempts) mayLeave(req, first *http.Request) bool {
	return a.mayGoElsewhere && req.Method == first.Method && a.client.mayAsk(req.URL)
}

// bareHeader leaves a request that goes elsewhere what is needed there, and nothing that tells who asks or for what.
func bareHeader(req *http.Request) {
	for name := range req.Header {
		switch name {
		case "Accept", "Accept-Encoding", "Content-Type", "Range", "User-Agent", tagHeader:
		default:
			delete(req.Header, name)
		}
	}
}

// Lists by link name the address of their next page. It is followed as the server wrote it, because its parameters
// are the server's own, but never away from the client's address: the client's credentials go with it.

// below returns the address that a link of a response leads to, with the scheme and the host of the client's own
// address; otherwise the rule that the link breaks. from is the address of the response.
func (c *Client) below(link, root string, from *url.URL) (to *url.URL, rule string) {
	u, err := url.Parse(strings.TrimSpace(link))
	switch {
	case err != nil || u.Opaque != "" || u.Scheme != "" && u.Host == "":
		return nil, "is not an address"
	case u.User != nil || u.Host != "" && !c.isOwn(u):
		return nil, "leads away from the client's own address"
	case u.Scheme == "" && u.Host == "" && root != "" && u.Path != "" && u.Path[0] >= 'A' && u.Path[0] <= 'Z':
		from = &url.URL{Path: strings.TrimSuffix(c.base.Path, "/") + root}
	}
	to = from.ResolveReference(u)
	if !c.contains(to) {
		return nil, "leads away from the client's own address"
	}
	return &url.URL{
		Scheme: c.base.Scheme, Host: c.base.Host, Path: to.Path, RawPath: to.RawPath, RawQuery: legal(to.RawQuery),
	}, ""
}

// isOwn reports whether an absolute address, or one that lacks only the scheme, is at the client's own host. A server
// behind a proxy that ends TLS may believe that it is called by http.
func (c *Client) isOwn(u *url.URL) bool {
	absolute := *u
	absolute.Scheme = cmp.Or(u.Scheme, c.base.Scheme)
	if SameOrigin(&absolute, c.base) {
		return true
	}
	behindTLS := absolute.Scheme == "http" && port(u) == "80"
	absolute.Scheme, absolute.Host = "https", strings.TrimSuffix(u.Host, ":80")
	return behindTLS && SameOrigin(&absolute, c.base) && port(c.base) == "443"
}

// contains reports whether the path of an address is below that of the client's own.
func (c *Client) contains(u *url.URL) bool {
	own := strings.Split(strings.TrimSuffix(c.base.EscapedPath(), "/"), "/")
	path := strings.Split(u.EscapedPath(), "/")
	if len(path) < len(own) {
		return false
	}
	for i, segment := range path {
		plain, err := url.PathUnescape(segment)
		if err != nil || plain != "" && wire.PathElementRule(plain) != "" {
			return false // such as %2e%2e, which a server may take for a step upwards
		}
		if i < len(own) {
			if same, err := url.PathUnescape(own[i]); err != nil || same != plain {
				return false
			}
		}
	}
	return true
}

// legal escapes what a query may contain only escaped, and leaves the rest as it is.
func legal(query string) string {
	var b strings.Builder
	for i := range len(query) {
		if c := query[i]; c <= ' ' || c >= 0x7f || slices.Contains([]byte("\"<>\\^`{|}#"), c) {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
