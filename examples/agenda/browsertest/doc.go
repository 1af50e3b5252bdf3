// Package browsertest opens the page of the agenda in a browser without a window. It is a module of its own, so that the
// browser's driver stays out of the go.mod of who only uses the clients.
//
//	go -C examples/agenda/browsertest test -v
//	go -C examples/agenda/browsertest test -artifacts -outputdir=$PWD # keeps pictures of the page under _artifacts
//
// It takes the program that CAREMUX_TEST_BROWSER names, or a Chromium or Chrome that is installed, also by Playwright; without
// any, the tests are skipped. Firefox does not speak the protocol of the driver.
package browsertest
