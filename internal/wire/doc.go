// Package wire says how values travel: JSON, path elements, query strings and headers, and which fields of a body are
// required. What must not be printed is printed by [FormatText].
//
//	plan.go, check.go    what there is to check in a body or in params, and the check
//	path.go, query.go    segments of a path; query strings and headers. id.go, day.go: ids and days in them
//	codec.go             JSON both ways, by codec_v1.go or codec_v2.go as the toolchain has it; open.go: bodies with additional fields
//	whole.go             a response that is as promised is decoded in one pass
//	exact.go, enum.go    digits of numbers and names of codes are kept
//	replace.go           the body that replaces a record, made of the record
//	print.go             what must not be printed
package wire
