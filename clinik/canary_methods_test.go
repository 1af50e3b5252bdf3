package clinik_test

import (
	"fmt"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/internal/proof/canary"
)

func TestNoMethodShowsAPersonOrASecret(t *testing.T) {
	canary.Run(t, canary.Subject{
		Client: func(opts ...caremux.Option) (any, error) { return clinik.New("clk_live_"+canary.Secret, opts...) },
		Least:  100,
	})
}

func TestVerifiersAndErrorsPrintWithoutSecrets(t *testing.T) {
	v, err := clinik.WebhookVerifier([]string{canary.Secret})
	if err != nil {
		t.Fatal(err)
	}
	legacy, err := clinik.LegacyWebhookVerifier([]string{canary.Secret})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []any{v, *v, legacy, *legacy} {
		canary.Clean(t, fmt.Sprintf("%T", x), canary.Encoded(x))
	}
	_, err = clinik.New("clk_prod_" + canary.Secret)
	canary.Error(t, "New", err)
	failed := &clinik.BulkJobError{Job: &clinik.BulkJob{ID: canary.ID, Errors: nil}}
	canary.Error(t, "BulkJobError", failed)
	canary.Error(t, "IssuesError",
		&clinik.IssuesError{Issues: []clinik.Issue{{Field: "phone", Code: "invalid", Diagnostics: canary.Phone}}})
}
