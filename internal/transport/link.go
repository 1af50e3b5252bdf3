package transport

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/caremux/caremux/internal/wire"
)

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
