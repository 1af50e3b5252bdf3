package mapping

import "strings"

// Codes are tables of codes: for each list, which code of the vendor is which code of FHIR.
type Codes struct{ Rows []CodeRow }

// CodeRow is a row of a table.
type CodeRow struct {
	List   string // such as AppointmentStatus
	Vendor string
	FHIR   string
}

// ParseCodes reads tables from lines of three columns with tabs between them; the first line names the columns.
func ParseCodes(tsv string) *Codes {
	c := &Codes{}
	for i, line := range strings.Split(strings.TrimSpace(tsv), "\n") {
		if columns := strings.Split(line, "\t"); i > 0 && len(columns) == 3 {
			c.Rows = append(c.Rows, CodeRow{columns[0], columns[1], columns[2]})
		}
	}
	return c
}

// FHIR returns FHIR's code, false if the table does not have the vendor's.
func (c *Codes) FHIR(list, code string) (string, bool) {
	for _, r := range c.Rows {
		if r.List == list && r.Vendor == code {
			return r.FHIR, true
		}
	}
	return "", false
}

// Vendor returns the vendor's code: of several that are the same in FHIR, the first.
func (c *Codes) Vendor(list, code string) (string, bool) {
	for _, r := range c.Rows {
		if r.List == list && r.FHIR == code {
			return r.Vendor, true
		}
	}
	return "", false
}
