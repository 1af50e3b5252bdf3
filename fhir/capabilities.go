package fhir

import (
	"maps"
	"slices"
)

// Capabilities say what a [Source] can do.
type Capabilities struct {
	// Name of the source, such as welkin. It is in errors, and unlike others that it is merged with.
	Name string
	// Resources are the types of resources that the source has, by their FHIR names. Other types do not exist in the
	// system, or cannot be listed there.
	Resources map[string]Capability
}

// Capability says what a source can do with a type of resource.
type Capability struct {
	// Read reports whether [Source.Read] returns a resource by its id.
	Read bool
	// Search reports whether there is a list.
	Search bool
	// Create reports whether the vendor's package has a function that makes the vendor's input from such a resource.
	Create bool
	// Filters are those that a query may have, and who filters.
	Filters map[Filter]FilteredBy
	// Requires are the filters without which the system does not list.
	Requires []Filter
}

// FilteredBy says who filters.
type FilteredBy string

const (
	// ByVendor says that the vendor returns less for the filter. What it returns too much is left out here.
	ByVendor FilteredBy = "vendor"
	// ByReading says that the vendor has no such filter: all is read, and filtered here.
	ByReading FilteredBy = "here"
)

// Types returns the names of the resource types, in order.
func (c Capabilities) Types() []string { return slices.Sorted(maps.Keys(c.Resources)) }

func (c Capabilities) clone() Capabilities {
	resources := make(map[string]Capability, len(c.Resources))
	for name, can := range c.Resources {
		can.Filters, can.Requires = maps.Clone(can.Filters), slices.Clone(can.Requires)
		resources[name] = can
	}
	c.Resources = resources
	return c
}
