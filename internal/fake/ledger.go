package fake

import (
	"net/http"
	"strings"
	"time"

	"github.com/caremux/caremux/caremuxtest"
	"github.com/caremux/caremux/internal/scan"
	"github.com/caremux/caremux/internal/specserver"
)

// Wrote returns the change that a successful call has made; ok is false for one that only reads, and for a login. The
// record is named by the path, and by the response for what was created.
func Wrote(c *specserver.Call, response []byte) (w caremuxtest.Write, ok bool) {
	op := c.Operation.Op
	reads, _ := op.Extensions["x-idempotent"].(bool)
	if c.Method == http.MethodGet || c.Method == http.MethodPost && reads || isLogin(c.Operation) {
		return w, false
	}
	w.Operation = c.Operation.Name()
	if c.Method != http.MethodPost {
		w.ID = c.Path[lastPlaceholder(c.Operation.Path)]
	}
	name, ok := op.Extensions["x-created-id"].(string)
	if !ok {
		name = "id"
	}
	for _, path := range []string{name, "data." + name, "data.0." + name} {
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

// isLogin reports whether an operation is sent without a token: it is a login.
func isLogin(op *specserver.Operation) bool {
	anonymous, _ := op.Op.Extensions["x-anonymous"].(bool)
	return anonymous || op.Op.Security != nil && len(*op.Op.Security) == 0
}

// SetDate sets the header Date of a reply to what the clock of the fake shows. Tokens live by the real time, so logins
// have the real one, by which clients find out how long.
func SetDate(reply *specserver.Reply, op *specserver.Operation, now time.Time) {
	if op == nil || isLogin(op) {
		return
	}
	if reply.Header == nil {
		reply.Header = http.Header{}
	}
	reply.Header.Set("Date", now.UTC().Format(http.TimeFormat))
}

func lastPlaceholder(path string) string {
	name, _, _ := strings.Cut(path[strings.LastIndex(path, "{")+1:], "}")
	return name
}
