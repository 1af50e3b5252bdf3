package snapcare_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caremux/caremux/snapcare"
)

// sentBy makes one call to a server that gives one answer, and returns the query and the body that it was sent. A call that
// sends nothing leaves both nil.
func sentBy(t testing.TB, answer string, call func(*snapcare.Client) error) (query url.Values, body []byte, err error) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if query != nil {
			t.Error("a second request")
		}
		query = r.URL.Query()
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			t.Error(err)
		}
		_, _ = io.WriteString(w, answer)
	}))
	defer server.Close()
	err = call(newClient(t, server.URL))
	return query, body, err
}

func sameJSON(t testing.TB, got []byte, want string) bool {
	t.Helper()
	return cmp.Equal(decoded(t, got), decoded(t, []byte(want)))
}
