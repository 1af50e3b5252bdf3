package welkintest

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/caremux/caremux/internal/specserver"
)

// failure is an error that a handler responds with.
type failure struct {
	status    int
	code      string
	component string
	message   string
}

func (f *failure) Error() string { return f.message }

// body is the list that Welkin sends, also for one error.
func (f *failure) body() []byte {
	data, _ := json.Marshal([]object{{ // of strings only
		"errorCode":     f.code,
		"componentType": f.component,
		"message":       f.message,
		"details":       object{},
		"date":          timestamp(time.Now()),
	}})
	return data
}

func (f *failure) reply() specserver.Reply { return specserver.Reply{Status: f.status, Body: f.body()} }

func notFound(what string) *failure {
	code := strings.ToUpper(strings.ReplaceAll(what, " ", "_"))
	return &failure{http.StatusNotFound, code + "_NOT_FOUND", code, what + " not found"}
}

func badRequest(component, code, message string) *failure {
	return &failure{http.StatusBadRequest, code, component, message}
}

// invalid reports a request that is not as the documents say.
func invalid(_ *specserver.Call, err error) specserver.Reply {
	f := badRequest("VALIDATION", "INVALID_REQUEST", err.Error())
	if errors.Is(err, specserver.ErrNoOperation) {
		f = &failure{http.StatusNotFound, "NOT_FOUND", "SERVER", err.Error()}
	}
	return f.reply()
}
