// Package wire says how values travel: JSON, path elements, query strings and headers, and which fields of a body are
// required. What must not be printed is printed by [FormatText].
package wire
