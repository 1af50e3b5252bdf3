package four

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/snapcare"
	"github.com/caremux/caremux/welkin"
)

// A client reads its credentials from variables with a prefix, names all that are missing, and asks for no secret where the program
// brings tokens of its own.
func TestClientsOfSeveralTenantsReadVariablesWithAPrefix(t *testing.T) {
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "NORTH_") {
			t.Setenv(name, "")
		}
	}
	tests := []struct {
		vendor   string
		make     func(...caremux.Option) (any, error)
		variable map[string]string
		tokens   []string // what is not needed with tokens of one's own
	}{
		{"welkin", func(o ...caremux.Option) (any, error) { return welkin.NewFromEnv(o...) }, map[string]string{
			"WELKIN_TENANT": "gh", "WELKIN_INSTANCE": "sb-demo", "WELKIN_CLIENT_NAME": "demo", "WELKIN_SECRET": "s3cret"},
			[]string{"WELKIN_CLIENT_NAME", "WELKIN_SECRET"}},
		{"ekacare", func(o ...caremux.Option) (any, error) { return ekacare.NewFromEnv(o...) }, map[string]string{
			"EKA_CLIENT_ID": "demo", "EKA_CLIENT_SECRET": "s3cret"}, []string{"EKA_CLIENT_SECRET"}},
		{"clinik", func(o ...caremux.Option) (any, error) { return clinik.NewFromEnv(o...) }, map[string]string{
			"CLINIKAPI_SECRET_KEY": "clk_test_s3cret"}, nil},
		{"snapcare", func(o ...caremux.Option) (any, error) { return snapcare.NewFromEnv(o...) }, map[string]string{
			"SNAPCARE_HOST": "demo.example.com", "SNAPCARE_DEVELOPER_ID": "d", "SNAPCARE_API_KEY": "s3cret", "SNAPCARE_HOSPITAL_ID": "7",
			"SNAPCARE_USER_TYPE": "Clinician", "SNAPCARE_EMAIL": "a@example.com", "SNAPCARE_PASSWORD": "s3cret"},
			[]string{"SNAPCARE_HOSPITAL_ID", "SNAPCARE_USER_TYPE", "SNAPCARE_EMAIL", "SNAPCARE_PASSWORD"}},
	}
	prefix := caremux.WithEnvPrefix("NORTH_")
	for _, tt := range tests {
		t.Run(tt.vendor, func(t *testing.T) {
			for name, value := range tt.variable {
				t.Setenv(name, value)
			}
			_, err := tt.make(prefix)
			var argument *caremux.ArgumentError
			if !errors.As(err, &argument) || strings.Contains(err.Error(), "s3cret") {
				t.Fatalf("without variables %v", err)
			}
			for name := range tt.variable {
				if !strings.Contains(err.Error(), "NORTH_"+name) {
					t.Errorf("%v does not name %s", err, name)
				}
			}
			for name, value := range tt.variable {
				t.Setenv(name, "")
				t.Setenv("NORTH_"+name, value)
			}
			if _, err := tt.make(prefix); err != nil {
				t.Errorf("with all variables %v", err)
			}
			for _, name := range tt.tokens {
				t.Setenv("NORTH_"+name, "")
			}
			if _, err := tt.make(prefix, caremux.WithTokenSource(caremux.StaticToken("t"))); err != nil && tt.tokens != nil {
				t.Errorf("with tokens of its own %v", err)
			}
		})
	}
	if _, err := clinik.NewFromEnv(caremux.WithEnvPrefix("NORTH-")); !errors.Is(err, caremux.ErrInvalid) {
		t.Errorf("a prefix that no variable has: %v", err)
	}
}
