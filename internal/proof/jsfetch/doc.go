// Package jsfetch contains a program for js/wasm, and the test that runs it with the Fetch API of a JavaScript engine.
package jsfetch
