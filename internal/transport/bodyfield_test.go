package transport

import (
	"strings"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/content"
)

func TestBodyFieldsAreSetOverTheBody(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		opts []caremux.RequestOption
		sent string
	}{
		{"null clears", []caremux.RequestOption{caremux.WithBodyField("note", nil)}, `{"name":"Zoë","note":null}`},
		{"over the body's own", []caremux.RequestOption{caremux.WithBodyField("name", "Ann")}, `{"name":"Ann"}`},
		{"any JSON value", []caremux.RequestOption{caremux.WithBodyField("more", map[string]any{"a": []int{1}})},
			`{"more":{"a":[1]},"name":"Zoë"}`},
		{"inside of others", []caremux.RequestOption{
			caremux.WithBodyField("address.city", "Pune"), caremux.WithBodyField("address.street", nil),
		},
			`{"address":{"city":"Pune","street":null},"name":"Zoë"}`},
		{"inside of null", []caremux.RequestOption{caremux.WithBodyField("a", nil), caremux.WithBodyField("a.b", 1)},
			`{"a":{"b":1},"name":"Zoë"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, always(200, `{"id":"1"}`))
			if _, err := create(t, newClient(t, s.URL), tt.opts...); err != nil {
				t.Fatal(err)
			}
			if body := s.requests()[0].body; body != tt.sent {
				t.Errorf("sent %s, want %s", body, tt.sent)
			}
		})
	}
}

func TestBodyFieldsThatCannotBeSetAreRefused(t *testing.T) {
	t.Parallel()
	s := serve(t, always(200, `{"id":"1"}`))
	c := newClient(t, s.URL)
	_, err := create(t, c, caremux.WithBodyField("name.first", "Zoë"))
	wantArgument(t, err, "Things.Create", "name.first")
	_, err = create(t, c, caremux.WithBodyField("f", func() {}))
	wantArgument(t, err, "Things.Create", "f")
	for _, path := range []string{"", "a.", ".a", "a..b"} {
		_, err = create(t, c, caremux.WithBodyField(path, 1))
		wantArgument(t, err, "Things.Create", "WithBodyField")
	}
	_, err = get(t, c, caremux.WithBodyField("note", nil))
	wantArgument(t, err, "Things.Get", "WithBodyField")
	if s.count() != 0 {
		t.Errorf("%d requests were sent", s.count())
	}
}

func TestAllThatIsMissingIsNamedAtOnce(t *testing.T) {
	t.Parallel()
	c := newClient(t, "https://acme.invalid")
	in := Input{Body: content.JSON(&thingInput{Links: []link{{}}})}
	_, err := Call[thing](t.Context(), c, createThing, in, nil)
	wantArgument(t, err, "Things.Create", "name")
	if want := "acme: Things.Create: name is required; also missing: links[0].kind"; err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
}

func TestErrorsHaveTheVendorsWordsOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	s := serve(t, always(400, `{"code":"BAD","message":"Asha's phone is \n wrong"}`))
	_, err := create(t, newClient(t, s.URL))
	if strings.Contains(err.Error(), "Asha") {
		t.Errorf("error %q", err)
	}
	_, err = create(t, newClient(t, s.URL, caremux.WithErrorText()))
	if want := `400 BAD "Asha's phone is \n wrong"`; !strings.HasSuffix(err.Error(), want) {
		t.Errorf("error %q, want %q at its end", err, want)
	}
}

func TestDumpShowsACallWithoutItsValues(t *testing.T) {
	t.Parallel()
	const secret = "s3cret"
	s := serve(t, always(200, `{"id":"p-77","parts":[{"name":"Asha"},{"name":"Ravi"}],"at":null}`))
	for _, values := range []bool{false, true} {
		var out strings.Builder
		dump := caremux.WithDump(&out)
		if values {
			dump = caremux.WithDumpValues(&out)
		}
		c := newClient(t, s.URL, dump, caremux.WithTokenSource(caremux.StaticToken(secret)))
		made, err := create(t, c, caremux.WithQuery("phone", "98765"), caremux.WithBodyField("it's", "x"))
		if err != nil || made.ID != "p-77" || len(made.Parts) != 2 {
			t.Fatalf("made %+v, %v", made, err)
		}
		text := out.String()
		for _, part := range []string{"# acme Things.Create\ncurl -X POST '" + s.URL, "Content-Type: application/json", "# 200 after "} {
			if !strings.Contains(text, part) {
				t.Errorf("%q is missing in\n%s", part, text)
			}
		}
		shape := `{"at":null,"id":…,"parts":[{"name":…} ×2]}`
		if !values && (!strings.Contains(text, shape) || !strings.Contains(text, "/{tenant}/things?phone=…'") ||
			!strings.Contains(text, `"name":…`)) {
			t.Errorf("the shape is missing in\n%s", text)
		}
		for _, value := range []string{secret, "Asha", "Zoë", "98765", "p-77"} {
			if strings.Contains(text, value) != values {
				t.Errorf("%q in the dump: %v\n%s", value, !values, text)
			}
		}
	}
}
