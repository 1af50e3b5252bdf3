// Package fields knows which field of a JSON object belongs to which field of a Go struct, by the rules of encoding/json, and
// what of a JSON text a Go type can hold. It links the standard library alone, so that package caremux can use it.
//
//	table.go   the fields of a struct type, worked out once
//	walk.go    a JSON text beside a Go type: what does not fit, what would be lost
//	text.go    text that is not UTF-8, in strings and in values of any type
//	number.go  numbers that a Go type would round, or that came as strings
package fields
