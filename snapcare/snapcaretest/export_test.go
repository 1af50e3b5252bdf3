package snapcaretest

import (
	"net/http"
	"net/http/httptest"
)

// InProcess answers requests without a network, which would keep a test's fake time from going on.
type InProcess struct{ *Server }

func (p InProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	in := r.Clone(r.Context())
	if in.Body == nil {
		in.Body = http.NoBody
	}
	in.RequestURI = in.URL.RequestURI()
	w := httptest.NewRecorder()
	p.core.ServeHTTP(w, in)
	resp := w.Result()
	resp.Request = r
	return resp, nil
}
