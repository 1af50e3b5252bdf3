package snapcare

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/login"
)

// FuzzTokenExpiry reads what a login says of its token's end. The token is used until a moment to come, or until it is refused.
func FuzzTokenExpiry(f *testing.F) {
	for _, seed := range []string{`"2034-10-29T08:13:06Z"`, `"2024-10-29T08:13:06"`, `""`, `null`, `5`, `2034567890`,
		`{"a":1}`, `"soon"`, `1e300`, `"9999-12-31T23:59:59.9999999+14:00"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, expires string) {
		raw := []byte(`{"accessToken":"t","expires":` + expires + `}`)
		var session UserSession
		if !json.Valid([]byte(expires)) || json.Unmarshal(raw, &session) != nil || session.AccessToken != "t" {
			return
		}
		before := time.Now()
		token, err := tokenOf(&login.Clock{}, &accountCreateSession, session.AccessToken, session.Expires, raw)
		switch {
		case err != nil:
			if !errors.Is(err, caremux.ErrUnauthorized) || token.Value != "" {
				t.Errorf("%s gives a token of %d bytes and %v", expires, len(token.Value), err)
			}
		case token.Value != "t" || !token.Expires.IsZero() && token.Expires.Before(before):
			t.Errorf("%s gives a token until %v", expires, token.Expires)
		}
	})
}

func FuzzTimeZoneName(f *testing.F) {
	for _, seed := range []string{"America/New_York", "Eastern Standard Time", "Eastern Daylight Time",
		"(UTC-05:00) Eastern Time (US & Canada)", "(GMT", "a/b", "../../etc/passwd",
		"/etc/localtime", "a/../b", "x/\x00", "Local", "UTC", "", " ", "Etc/GMT+5", "C:/x\\y"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		loc, err := TimeZone{Name: name}.Location()
		switch {
		case (loc == nil) == (err == nil):
			t.Errorf("%q is %v and %v", name, loc, err)
		case err != nil && !errors.As(err, new(*caremux.ArgumentError)):
			t.Errorf("%q: %v", name, err)
		case loc == time.Local:
			t.Errorf("%q is the zone of this machine", name)
		}
	})
}
