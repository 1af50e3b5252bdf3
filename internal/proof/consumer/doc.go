// Package consumer uses this module as its users do, from another module, so that nothing internal is needed to use it.
package consumer
