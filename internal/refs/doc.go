// Package refs reads responses that name objects in place of repeating them, as Json.NET writes them.
//
// Objects have an id ("$id":"1"), and one that occurs again is only named ({"$ref":"1"}). A list is wrapped to have an id
// ({"$id":"2","$values":[]}). An id counts from where it stands until it is given again, since parts of a response may be numbered
// independently; a name that comes before any id stands for the last one.
//
// Names are not replaced in the JSON, which could make it grow beyond measure: each object is decoded once for each Go type that it is
// to become, and put where its names are.
//
// refs.go finds the names and takes the keys out, decode.go decodes objects where their names stand, text.go writes a record's JSON
// with what its names stand for.
package refs
