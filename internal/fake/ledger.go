package fake

import (
	"net/http"
	"strings"

	"github.com/caremux/caremux/internal/scan"
	"github.com/caremux/caremux/internal/specserver"
)

// Write is a change that a fake has made for a call. Each fake has the type under a name of its own.
type Write = struct {
	Operation string
	ID        string
}

// Wrote returns the change that a successful call has made; ok is false for one that only reads, and for a login. The
// record is named by the path, and by the response for what was created.
func Wrote(c *specserver.Call, response []byte) (w Write, ok bool) {
	op := c.Operation.Op
	reads, _ := op.Extensions["x-idempotent"].(bool)
	anonymous, _ := op.Extensions["x-anonymous"].(bool)
	switch {
	case c.Method == http.MethodGet, c.Method == http.MethodPost && reads, anonymous:
		return w, false
	case op.Security != nil && len(*op.Security) == 0:
		return w, false
	}
	w.Operation = Name(c.Operation.ID)
	if c.Method != http.MethodPost {
		w.ID = c.Path[lastPlaceholder(c.Operation.Path)]
	}
	for _, path := range []string{"id", "data.id", "data.0.id", "data.0"} {
		if w.ID != "" {
			break
		}
		if value, found := scan.Lookup(response, path); found && len(value) > 0 && value[0] != '{' && value[0] != '[' {
			w.ID = strings.Trim(string(value), `"`)
		}
	}
	if w.ID == "" {
		w.ID = c.Path[lastPlaceholder(c.Operation.Path)]
	}
	return w, true
}

func lastPlaceholder(path string) string {
	name, _, _ := strings.Cut(path[strings.LastIndex(path, "{")+1:], "}")
	return name
}
