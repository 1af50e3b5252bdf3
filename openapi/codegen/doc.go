// Command codegen writes the generated files of one vendor package: the services, the client's fields and the models.
//
//	codegen -spec ../welkin.yaml -out ../../welkin
//
// It runs oapi-codegen as a library with the templates of this folder. A spec passes through its files in this order:
//
//	main.go       the command, and how oapi-codegen is set up
//	check.go      what the loader passes over is refused: extensions that nobody reads, references that lead nowhere
//	spec.go       what the document means for Go: which object is sent and which received, what a list's items are
//	events.go     the same of what webhooks bring
//	replace.go    which body takes the place of which record
//	names.go      how a name is written in Go; verbs.go checks the word that a method's name begins with
//	prose.go      how a description names fields in Go
//	views.go      what the templates are given: services, methods, models, fields; ids.go finds the id of a record, secrets.go
//	              hides what must not be printed
//	files.go      which file each model goes to, and the templates' output as files
//	reference.go  the vendor's page under docs/reference
package main
