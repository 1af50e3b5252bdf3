package caremux_test

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/caremux/caremux"
)

func TestBaseURLIsHeldAgainstItsRules(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, url string
		want      string // "" if it is refused
		insecure  string // the same for WithInsecureBaseURL
	}{
		{"https", "https://api.example.org", "https://api.example.org", "https://api.example.org"},
		{"port and path", "https://api.example.org:8443/v1/x", "https://api.example.org:8443/v1/x", "https://api.example.org:8443/v1/x"},
		{"trailing slashes", "https://api.example.org/v1//", "https://api.example.org/v1", "https://api.example.org/v1"},
		{"root slash", "https://api.example.org/", "https://api.example.org", "https://api.example.org"},
		{"escaped path", "https://api.example.org/a%2Fb/", "https://api.example.org/a%2Fb", "https://api.example.org/a%2Fb"},
		{"http to a host", "http://api.example.org", "", "http://api.example.org"},
		{"http to a private address", "http://10.0.0.1", "", "http://10.0.0.1"},
		{"http to localhost", "http://localhost:8080", "http://localhost:8080", "http://localhost:8080"},
		{"http below localhost", "http://api.localhost", "http://api.localhost", "http://api.localhost"},
		{"http to a name that only begins so", "http://localhost.example.org", "", "http://localhost.example.org"},
		{"http to 127.0.0.1", "http://127.0.0.1:9", "http://127.0.0.1:9", "http://127.0.0.1:9"},
		{"http to 127.8.8.8", "http://127.8.8.8", "http://127.8.8.8", "http://127.8.8.8"},
		{"http to a name like an address", "http://127.0.0.1.example.org", "", "http://127.0.0.1.example.org"},
		{"http to ::1", "http://[::1]:80", "http://[::1]:80", "http://[::1]:80"},
		{"user info", "https://user:S3CRET@api.example.org", "", ""},
		{"user name alone", "https://S3CRET@api.example.org", "", ""},
		{"query", "https://api.example.org/?key=S3CRET", "", ""},
		{"fragment", "https://api.example.org/#S3CRET", "", ""},
		{"no scheme", "api.example.org", "", ""},
		{"another scheme", "ftp://api.example.org", "", ""},
		{"a port without a host", "https://:8080", "", ""},
		{"no host", "https:///v1", "", ""},
		{"opaque", "https:api.example.org", "", ""},
		{"a path", "/v1", "", ""},
		{"garbage", "https://a b:S3CRET", "", ""},
		{"control character", "https://api.example.org\r\nX: 1", "", ""},
		{"empty", "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			check := func(option caremux.Option, want string) {
				t.Helper()
				config, err := caremux.NewConfig([]caremux.Option{option})
				if want == "" {
					wantArgument(t, err, "base URL")
					if strings.Contains(err.Error(), "S3CRET") {
						t.Errorf("error %q holds the value", err)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if got := config.BaseURL.String(); got != want {
					t.Errorf("base URL = %q, want %q", got, want)
				}
			}
			check(caremux.WithBaseURL(tt.url), tt.want)
			check(caremux.WithInsecureBaseURL(tt.url), tt.insecure)
		})
	}
}

func TestOptionsThatCannotBeObeyedFail(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		field   string
		options []caremux.Option
	}{
		{"WithHTTPClient", []caremux.Option{caremux.WithHTTPClient(nil)}},
		{"WithTransport", []caremux.Option{caremux.WithTransport(nil)}},
		{"WithTransport", []caremux.Option{caremux.WithHTTPClient(&http.Client{}), caremux.WithTransport(http.DefaultTransport)}},
		{"WithTransport", []caremux.Option{caremux.WithTransport(http.DefaultTransport), caremux.WithHTTPClient(&http.Client{})}},
		{"WithTokenStore", []caremux.Option{
			caremux.WithTokenStore(caremux.NewMemoryTokenStore()), caremux.WithTokenSource(caremux.StaticToken("x"))}},
		{"WithTimeout", []caremux.Option{caremux.WithTimeout(-1)}},
		{"WithMiddleware", []caremux.Option{caremux.WithMiddleware(nil)}},
		{"WithUserAgent", []caremux.Option{caremux.WithUserAgent("x\r\nAuthorization: y")}},
		{"WithUserAgent", []caremux.Option{caremux.WithUserAgent("Ärzte")}},
		{"RetryPolicy.MaxAttempts", []caremux.Option{caremux.WithRetry(caremux.RetryPolicy{MaxAttempts: -1})}},
		{"RetryPolicy", []caremux.Option{caremux.WithRetry(caremux.RetryPolicy{MinWait: -1})}},
		{"RetryPolicy", []caremux.Option{caremux.WithRetry(caremux.RetryPolicy{MaxWait: -1})}},
		{"RetryPolicy", []caremux.Option{caremux.WithRetry(caremux.RetryPolicy{MaxRetryAfter: -1})}},
	} {
		config, err := caremux.NewConfig(tt.options)
		if config != nil {
			t.Errorf("%s: a config came with the error", tt.field)
		}
		wantArgument(t, err, tt.field)
	}
}

func TestOptionsAddUpInTheirOrder(t *testing.T) {
	t.Parallel()
	config, err := caremux.NewConfig(nil)
	if err != nil {
		t.Fatal(err)
	}
	if config.Timeout != caremux.DefaultTimeout || config.Retry != (caremux.RetryPolicy{}).WithDefaults() || config.BaseURL != nil ||
		config.HTTPClient != nil || config.Transport != nil || config.Logger != nil || config.Middleware != nil {
		t.Errorf("defaults = %+v", config)
	}
	mw := func(rt http.RoundTripper) http.RoundTripper { return rt }
	logger, hc, source, store := slog.New(slog.DiscardHandler), &http.Client{}, caremux.StaticToken("x"), caremux.NewMemoryTokenStore()
	config, err = caremux.NewConfig([]caremux.Option{
		nil, caremux.WithTimeout(time.Second), caremux.WithTimeout(0), caremux.WithUserAgent("clinic/1"), caremux.WithLogger(logger),
		caremux.WithHTTPClient(hc), caremux.WithMiddleware(mw, mw), caremux.WithMiddleware(mw),
		caremux.WithTokenStore(store), caremux.WithRetry(caremux.NoRetry),
	})
	if err != nil {
		t.Fatal(err)
	}
	if config.Timeout != 0 || config.UserAgent != "clinic/1" || config.Logger != logger || config.HTTPClient != hc ||
		len(config.Middleware) != 3 || config.TokenSource != nil || config.TokenStore != store || config.Retry.MaxAttempts != 1 {
		t.Errorf("config = %+v", config)
	}
	if config, err = caremux.NewConfig([]caremux.Option{caremux.WithTokenSource(source)}); err != nil || config.TokenSource == nil {
		t.Errorf("config = %+v, %v", config, err)
	}
}

func TestNewTransportPoolsForFewHosts(t *testing.T) {
	t.Parallel()
	rt := caremux.NewTransport()
	if rt.MaxIdleConnsPerHost != 100 || rt.IdleConnTimeout == 0 || rt.TLSHandshakeTimeout == 0 || rt.Proxy == nil || !rt.ForceAttemptHTTP2 {
		t.Errorf("transport = %+v", rt)
	}
	if rt == caremux.NewTransport() {
		t.Error("two transports are one")
	}
}

func TestRetryPolicyFillsZeroFieldsAlone(t *testing.T) {
	t.Parallel()
	standard := caremux.RetryPolicy{MaxAttempts: 4, MinWait: 500 * time.Millisecond,
		MaxWait: 20 * time.Second, MaxRetryAfter: 90 * time.Second,
		Budget: 20, OperationBudget: 8}
	for _, tt := range []struct{ in, want caremux.RetryPolicy }{
		{caremux.RetryPolicy{}, standard},
		{caremux.NoRetry, caremux.RetryPolicy{MaxAttempts: 1, MinWait: standard.MinWait, MaxWait: standard.MaxWait,
			MaxRetryAfter: standard.MaxRetryAfter,
			Budget:        20, OperationBudget: 8}},
		{caremux.RetryPolicy{MinWait: 1, MaxWait: 2, MaxRetryAfter: 3, MaxAttempts: 5, Budget: -1, OperationBudget: 2},
			caremux.RetryPolicy{MinWait: 1, MaxWait: 2, MaxRetryAfter: 3, MaxAttempts: 5, Budget: -1, OperationBudget: 2}},
		{standard, standard},
	} {
		if got := tt.in.WithDefaults(); got != tt.want {
			t.Errorf("%+v with defaults = %+v, want %+v", tt.in, got, tt.want)
		}
	}
}

func TestRequestOptionsThatCannotBeObeyedFail(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		field  string
		option caremux.RequestOption
	}{
		{"WithHeader", caremux.WithHeader("", "x")},
		{"WithHeader", caremux.WithHeader("X Y", "x")},
		{"WithHeader", caremux.WithHeader("X:Y", "x")},
		{"WithHeader", caremux.WithHeader("X\r\nY", "x")},
		{"WithHeader", caremux.WithHeader("Ü", "x")},
		{"X-Note", caremux.WithHeader("x-note", "S3CRET\r\nAuthorization: y")},
		{"X-Note", caremux.WithHeader("X-Note", "a\x00b")},
		{"X-Note", caremux.WithHeader("X-Note", "a\x7fb")},
		{"WithQuery", caremux.WithQuery("", "x")},
		{"WithCallTimeout", caremux.WithCallTimeout(-1)},
		{"RetryPolicy.MaxAttempts", caremux.WithCallRetry(caremux.RetryPolicy{MaxAttempts: -1})},
		{"WithResponse", caremux.WithResponse(nil)},
		{"WithPrefetch", caremux.WithPrefetch(-1)},
	} {
		config, err := caremux.NewCallConfig([]caremux.RequestOption{tt.option})
		if config != nil {
			t.Errorf("%s: a config came with the error", tt.field)
		}
		wantArgument(t, err, tt.field)
		if strings.Contains(err.Error(), "S3CRET") {
			t.Errorf("error %q holds the value", err)
		}
	}
}

func TestRequestOptionsAddUp(t *testing.T) {
	t.Parallel()
	var r caremux.Response
	config, err := caremux.NewCallConfig([]caremux.RequestOption{
		nil, caremux.WithHeader("x-a", "1"), caremux.WithHeader("X-A", "2\tü"), caremux.WithQuery("q", "1"), caremux.WithQuery("q", "2"),
		caremux.WithCallTimeout(0), caremux.WithCallRetry(caremux.NoRetry), caremux.WithIdempotent(),
		caremux.WithResponse(&r), caremux.WithPrefetch(2),
	})
	if err != nil {
		t.Fatal(err)
	}
	timeout := time.Duration(0)
	want := &caremux.CallConfig{
		Header: http.Header{"X-A": {"2\tü"}}, Query: url.Values{"q": {"1", "2"}}, Timeout: &timeout, Retry: &caremux.NoRetry,
		Idempotent: true, Response: &r, Prefetch: 2,
	}
	if diff := cmp.Diff(want, config); diff != "" {
		t.Errorf("config (-want +got):\n%s", diff)
	}
}
