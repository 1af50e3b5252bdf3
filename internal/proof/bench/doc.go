// Package bench measures what this module costs beside plain net/http and encoding/json: the same work on the same loopback
// server in the same run. The figures that count are ratios; README.md contains the latest, and report makes them.
package bench
