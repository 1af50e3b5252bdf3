package transport

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/wire"
)

// build makes the HTTP request of a call, without its context, and lays out its body. Everything that is wrong with the input is found
// here, before anything is sent.
func (a *attempts) build(in *Input) (req http.Request, err error) {
	c, op := a.client, a.op
	u, err := c.address(op, *in)
	if err != nil {
		return req, err
	}
	if err := wire.Check(in.Query); err != nil {
		return req, err
	}
	values, err := wire.Query(in.Query)
	if err != nil {
		return req, err
	}
	for name, added := range a.config.Query {
		values[name] = added
	}
	if a.payload, err = in.Body.With(a.config.BodyFields).Encode(op.limits()); err != nil {
		return req, err
	}
	if len(values) > 0 {
		u.RawQuery = values.Encode()
	}
	header := make(http.Header, 8)
	for name, values := range c.settings.Header {
		header[name] = values
	}
	contentType := a.payload.ContentType
	own := [...]string{cmp.Or(op.Accept, "application/json"), c.agent, contentType} // one allocation for all
	header["Accept"], header["User-Agent"] = own[0:1:1], own[1:2:2]
	if contentType != "" {
		header["Content-Type"] = own[2:3:3]
	}
	from := in.HeaderFrom
	if from == nil {
		from = in.Query
	}
	if err := wire.Header(from, header); err != nil {
		return req, err
	}
	return http.Request{Method: op.Method, URL: u, Host: u.Host, Header: header, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}, nil
}

// address is where the call goes, without its query.
func (c *Client) address(op *Operation, in Input) (*url.URL, error) {
	if in.url != nil {
		return in.url, nil
	}
	path, err := wire.Path(op.Path, c.settings.Fixed, in.Path)
	if err != nil {
		return nil, err
	}
	u := *c.base
	u.RawPath = c.base.EscapedPath() + path
	if u.Path, err = url.PathUnescape(u.RawPath); err != nil {
		return nil, &caremux.ArgumentError{Field: "path", Rule: "must be escaped as in a URL"}
	}
	return &u, nil
}

// named adds the operation to an argument error.
func (c *Client) named(op *Operation, err error) error {
	var argument *caremux.ArgumentError
	if errors.As(err, &argument) && argument.Operation == "" {
		with := *argument
		with.Vendor, with.Operation = c.settings.Vendor, op.Name
		return &with
	}
	return err
}

// Named adds vendor and operation to an argument error that has neither.
func Named(c *Client, op *Operation, err error) error { return c.named(op, err) }
