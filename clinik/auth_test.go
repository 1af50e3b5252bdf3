package clinik_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
)

func TestKeyShapeDecidesTheEnvironment(t *testing.T) {
	for _, tt := range []struct {
		key  string
		want clinik.Environment // "" if it is refused
	}{
		{"clk_live_abc123", clinik.EnvironmentLive},
		{"clk_test_abc123", clinik.EnvironmentTest},
		{"clk_test_A-b_9.z", clinik.EnvironmentTest},
		{"clk_live_test_x", clinik.EnvironmentLive},
		{"", ""},
		{"clk_live_", ""},
		{"clk_test_", ""},
		{"clk_prod_S3CRET", ""},
		{"clk_S3CRET", ""},
		{"clk_liveS3CRET", ""},
		{"CLK_LIVE_S3CRET", ""},
		{"sk_live_S3CRET", ""},
		{" clk_live_S3CRET", ""},
		{"clk_live_S3CRET ", ""},
		{"clk_live_S3CRET\n", ""},
		{"clk_live_S3CRET\r\nX-Other: 1", ""},
		{"clk_live_S3CRET\x00", ""},
		{"clk_live_S3CRÉT", ""},
		{"Bearer clk_live_S3CRET", ""},
	} {
		t.Run(tt.key, func(t *testing.T) {
			nw := always(200, patientAnswer)
			c, err := clinik.New(tt.key, caremux.WithTransport(nw))
			if tt.want != "" {
				if err != nil {
					t.Fatal(err)
				}
				if c.Environment() != tt.want {
					t.Errorf("Environment = %q, want %q", c.Environment(), tt.want)
				}
				if _, err := c.Patients.Get(t.Context(), "1", nil); err != nil || nw.sent[0].header.Get("x-api-key") != tt.key {
					t.Errorf("sent %q, %v", nw.sent[0].header, err)
				}
				return
			}
			var argument *caremux.ArgumentError
			if c != nil || !errors.As(err, &argument) || argument.Field != "apiKey" || !strings.Contains(argument.Rule, "clk_live_") {
				t.Errorf("New = %v, %v", c, err)
			}
			if text := printed(err); strings.Contains(text, "S3CR") {
				t.Errorf("the key shows in %s", text)
			}
			if nw.count() > 0 {
				t.Error("something was sent")
			}
		})
	}
}

// printed is v under every verb that somebody may use.
func printed(v any) string { return fmt.Sprintf("%v %+v %#v %s %q %x %d", v, v, v, v, v, v, v) }

func TestClientsPrintWithoutTheKey(t *testing.T) {
	c := always(200, patientAnswer).client(t)
	for _, v := range []any{c, *c, c.Patients, *c.Patients} {
		if text := printed(v); strings.Contains(text, "K3yOfTheT3sts") || strings.Contains(text, fmt.Sprintf("%x", "K3yOfTheT3sts")) {
			t.Errorf("the key shows in %T: %s", v, text)
		}
	}
}

func TestKeyIsNotSentWhereItIsNotNeeded(t *testing.T) {
	nw := always(200, `{"resourceType":"CapabilityStatement","status":"active"}`)
	c := nw.client(t)
	if _, err := c.System.Metadata(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := c.System.Health(t.Context()); err == nil {
		t.Error("a FHIR body as health was taken")
	}
	for _, s := range nw.sent {
		if len(s.header.Values("X-Api-Key")) > 0 {
			t.Errorf("%s %s was sent with the key", s.method, s.path)
		}
	}
}

func TestKeyStaysWithItsOrigin(t *testing.T) {
	other := listen(t, func(w http.ResponseWriter, _ *http.Request, _ int) { answerJSON(w, 200, patientAnswer) })
	s := listen(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		http.Redirect(w, r, other.URL+r.URL.Path, http.StatusTemporaryRedirect)
	})
	_, err := s.client(t).Patients.Get(t.Context(), "1", nil)
	wantError(t, err, 307)
	if sent := other.requests(); len(sent) > 0 {
		t.Errorf("the other origin got %+v", sent)
	}
}

func TestNewFromEnvReadsTheEnvironment(t *testing.T) {
	t.Setenv("CLINIKAPI_SECRET_KEY", "")
	t.Setenv("CLINIKAPI_BASE_URL", "")
	var argument *caremux.ArgumentError
	if _, err := clinik.NewFromEnv(); !errors.As(err, &argument) || argument.Field != "CLINIKAPI_SECRET_KEY" {
		t.Errorf("without a key: %v", err)
	}
	t.Setenv("CLINIKAPI_SECRET_KEY", "sk_S3CRET")
	if _, err := clinik.NewFromEnv(); err == nil || strings.Contains(printed(err), "S3CRET") {
		t.Errorf("with another vendor's key: %v", err)
	}

	t.Setenv("CLINIKAPI_SECRET_KEY", "clk_live_fromenv")
	for _, tt := range []struct {
		name, env string
		opts      []caremux.Option
		want      string
	}{
		{"default address", "", nil, "https://api.clinikapi.com/v1/patients/1"},
		{"address of the environment", "http://127.0.0.1:1/base/", nil, "http://127.0.0.1:1/base/v1/patients/1"},
		{"options win", "http://127.0.0.1:1", []caremux.Option{caremux.WithBaseURL("https://proxy.example/x")},
			"https://proxy.example/x/v1/patients/1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("CLINIKAPI_BASE_URL", tt.env)
			var got, key string
			nw := &network{answer: func(r *http.Request, _ int) (*http.Response, error) {
				got, key = r.URL.String(), r.Header.Get("X-Api-Key")
				return reply(200, patientAnswer), nil
			}}
			c, err := clinik.NewFromEnv(append(tt.opts, caremux.WithTransport(nw))...)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.Patients.Get(t.Context(), "1", nil); err != nil || got != tt.want || key != "clk_live_fromenv" {
				t.Errorf("asked %s with %s, %v", got, key, err)
			}
			if c.Environment() != clinik.EnvironmentLive {
				t.Errorf("Environment = %q", c.Environment())
			}
		})
	}
	t.Run("address in the clear", func(t *testing.T) {
		t.Setenv("CLINIKAPI_BASE_URL", "http://clinik.example")
		if _, err := clinik.NewFromEnv(); !errors.Is(err, caremux.ErrInvalid) {
			t.Errorf("got %v", err)
		}
	})
}
