// Package wire says how values travel: JSON, path elements, query strings and headers, and which members of a body are
// required.
package wire
