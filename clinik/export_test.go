package clinik

// SetMaxImportSize lowers the limit of imports, and returns what restores it.
func SetMaxImportSize(characters int) (restore func()) {
	before := maxImportSize
	maxImportSize = characters
	return func() { maxImportSize = before }
}
