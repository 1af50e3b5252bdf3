package caremux_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/proof/canary"
)

func TestResponsePrintsWithoutHeaderAndBody(t *testing.T) {
	r := caremux.Response{Status: 503, Header: http.Header{"Set-Cookie": {canary.Token}}, RequestID: "r-7", Attempts: 3,
		Body: []byte(canary.Prose), Meta: canary.Name}
	if got, want := fmt.Sprintf("%v|%+v|%#v|%q", r, &r, r, r),
		`status 503, request r-7, 3 attempts`; got != want+"|"+want+"|"+want+`|"`+want+`"` {
		t.Errorf("printed %s", got)
	}
	r.RequestID = canary.Name
	for _, v := range []any{r, &r, []caremux.Response{r}, struct{ R caremux.Response }{r}} {
		canary.Clean(t, fmt.Sprintf("%T", v), fmt.Sprintf("%v %+v %#v %q %s", v, v, v, v, v))
	}
	canary.Clean(t, "the log", canary.Printed(r))
	if got := fmt.Sprint(caremux.Response{}); got != "no response" {
		t.Errorf("printed %s", got)
	}
}

func TestAPagePrintsItsItemsAlone(t *testing.T) {
	p := caremux.NewPage([]string{"item"}, nil)
	p.KeepJSON([]byte(canary.Prose))
	for _, verb := range []string{"%v", "%+v", "%s", "%q"} {
		text := fmt.Sprintf(verb, p) + fmt.Sprintf(verb, *p)
		if canary.Clean(t, "a page printed with "+verb, text); !strings.Contains(text, "item") {
			t.Errorf("%s prints %s", verb, text)
		}
	}
}

func TestObserversAreToldOfIDsAlone(t *testing.T) {
	var told []string
	c, err := caremux.NewConfig([]caremux.Option{caremux.WithObserver(func(_ context.Context, e caremux.CallEvent) {
		told = append(told, e.RequestID)
	})})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"r-7", canary.Name} {
		c.Observers[0](t.Context(), caremux.CallEvent{RequestID: id})
	}
	if fmt.Sprint(told) != "[r-7 ]" {
		t.Errorf("told %q", told)
	}
}

// TestWhatAClientIsMadeOfPrintsWithoutSecrets has tokens and their stores, alone and within the configuration.
func TestWhatAClientIsMadeOfPrintsWithoutSecrets(t *testing.T) {
	token := caremux.Token{Value: canary.Token, Refresh: canary.Secret}
	memory := caremux.NewMemoryTokenStore()
	files, err := caremux.NewFileTokenStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, store := range []caremux.TokenStore{memory, files} {
		if err := store.Save(t.Context(), "key", token); err != nil {
			t.Fatal(err)
		}
	}
	config, err := caremux.NewConfig([]caremux.Option{caremux.WithTokenStore(memory)})
	if err != nil {
		t.Fatal(err)
	}
	sourced, err := caremux.NewConfig([]caremux.Option{caremux.WithTokenSource(caremux.StaticToken(canary.Token))})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{token, &token, []caremux.Token{token}, struct {
		T caremux.Token
	}{token}, memory, files, config, *config, sourced, *sourced,
		caremux.StaticToken(canary.Token), caremux.WithTokenSource(caremux.StaticToken(canary.Token)),
		caremux.WithHeader("X-Note", canary.Secret)} {
		canary.Clean(t, fmt.Sprintf("%T", v), fmt.Sprintf("%v %+v %#v %q %s %x %d", v, v, v, v, v, v, v))
	}
	canary.Clean(t, "the log", canary.Printed(token)+canary.Printed(&token))
}
