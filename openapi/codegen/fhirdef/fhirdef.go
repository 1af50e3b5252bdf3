// Package fhirdef is the reduced form of HL7's definitions of FHIR R4, as openapi/fhir keeps it: what fhirdata writes
// and fhirgen reads.
package fhirdef

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
)

// Definitions are the types of one version of FHIR, sorted by name.
type Definitions struct {
	Version string `json:"version"` // such as 4.0.1
	Types   []Type `json:"types"`
	// ValueSets are the closed lists of codes that elements are bound to, by URL.
	ValueSets map[string]ValueSet `json:"valueSets"`
}

// Type is a resource or a data type.
type Type struct {
	Name     string    `json:"name"`
	Resource bool      `json:"resource,omitempty"`
	Short    string    `json:"short"`
	Elements []Element `json:"elements"` // in the order of the definition, without the type itself
}

// Element is one element of a type, at any depth.
type Element struct {
	Path  string `json:"path"` // such as Patient.contact.name; a choice ends in [x]
	Short string `json:"short"`
	Min   int    `json:"min,omitempty"`
	List  bool   `json:"list,omitempty"`
	// Types are the names of its data types, several for a choice. BackboneElement and Element have elements of their
	// own.
	Types []string `json:"types,omitempty"`
	// SameAs is the path of the element that describes the content, in place of Types.
	SameAs string `json:"sameAs,omitempty"`
	// Targets are the types of resources that a reference may lead to, nil for any.
	Targets []string `json:"targets,omitempty"`
	// ValueSet is the URL in [Definitions.ValueSets] of the only codes that R4 allows.
	ValueSet string `json:"valueSet,omitempty"`
}

// ValueSet is a closed list of codes.
type ValueSet struct {
	Name  string `json:"name"`
	Codes []Code `json:"codes"`
}

// Code is a code and what it means.
type Code struct {
	Code       string `json:"code"`
	Display    string `json:"display,omitempty"`
	Definition string `json:"definition,omitempty"`
}

// Read reads a file that [Write] wrote.
func Read(name string) (*Definitions, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // it was only read
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		return nil, err
	}
	var d Definitions
	return &d, json.NewDecoder(unpacked).Decode(&d)
}

// Write writes d as gzipped JSON, the same bytes for the same definitions.
func Write(name string, d *Definitions) error {
	return Gzip(name, func(w io.Writer) error { return json.NewEncoder(w).Encode(d) })
}

// Gzip writes a compressed file, without a timestamp.
func Gzip(name string, write func(io.Writer) error) (err error) {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() {
		if closed := file.Close(); err == nil {
			err = closed
		}
	}()
	packed, err := gzip.NewWriterLevel(file, gzip.BestCompression)
	if err != nil {
		return err
	}
	if err := write(packed); err != nil {
		return err
	}
	return packed.Close()
}
