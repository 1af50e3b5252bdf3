package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const tiny = `openapi: 3.0.3
info: {title: Tiny, version: '1'}
tags:
  - name: Pets
    description: keeps pets.
paths:
  /pets:
    get:
      operationId: Pets_List
      tags: [Pets]
      summary: List returns pets.
      x-pagination: {style: page, items: pets, pageParam: page, total: total}
      parameters:
        - {name: page, in: query, schema: {type: integer}}
      responses:
        '200':
          description: Pets.
          content:
            application/json:
              schema: {$ref: '#/components/schemas/PetPage'}
components:
  schemas:
    PetReplace: {type: object, description: is all of a pet., properties: {name: {type: string, description: Name.}}}
    PetInput: {type: object, description: is a part of a pet., properties: {name: {type: string, description: Name.}}}
    PetPage:
      type: object
      description: is a page.
      properties:
        total: {type: integer}
        pets: {type: array, items: {$ref: '#/components/schemas/Pet'}}
    Pet:
      type: object
      description: is a pet.
      properties:
        id: {type: string, description: Id.}
        chip: {$ref: '#/components/schemas/Chip'}
    Chip:
      type: object
      description: is under the skin.
      properties:
        code: {type: string, description: Code.}
`

// write generates from the tiny document with some of it replaced, and returns the files' content in one.
func write(t *testing.T, replaced ...string) (string, error) {
	t.Helper()
	spec, out := filepath.Join(t.TempDir(), "tiny.yaml"), filepath.Join(t.TempDir(), "tiny")
	text := strings.NewReplacer(replaced...).Replace(tiny)
	if len(replaced) > 0 && text == tiny {
		t.Fatalf("%q is not in the document", replaced[0])
	}
	if err := os.WriteFile(spec, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(out, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := run(spec, out, filepath.Join(out, "reference.md")); err != nil {
		return "", err
	}
	files, err := filepath.Glob(filepath.Join(out, "*_gen.go"))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(data)
	}
	return all.String(), nil
}

// put is the beginning of the paths with a PUT.
func put(id, body string) string {
	return `paths:
  /pets/{id}:
    put:
      operationId: ` + id + `
      tags: [Pets]
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
      requestBody:
        content:
          application/json:
            schema: {$ref: '#/components/schemas/` + body + `'}
      responses: {'204': {description: none}}
`
}

func TestABadDocumentIsRefusedWithThePlace(t *testing.T) {
	for name, tt := range map[string]struct {
		from, to string
		want     []string
	}{
		"an unknown extension": {"      type: object\n      description: is a pet.",
			"      x-kep: true\n      type: object", []string{"line 32", "x-kep"}},
		"an extension of another kind":  {"      description: is a pet.", "      x-keep: 'yes'", []string{"line 33", "x-keep", "bool"}},
		"no operationId":                {"      operationId: Pets_List\n", "", []string{"GET /pets", "operationId is missing"}},
		"an operationId of another tag": {"Pets_List", "Cats_List", []string{"GET /pets", "Cats_List must begin with Pets_"}},
		"no tag":                        {"      tags: [Pets]\n", "", []string{"GET /pets", "Pets_List needs one tag"}},
		"a tag that is not listed":      {"tags: [Pets]", "tags: [Cats]", []string{"GET /pets", "tag Cats"}},
		"an operationId twice": {"paths:\n",
			"paths:\n  /cats:\n    get: {operationId: Pets_List, tags: [Pets], responses: {'204': {description: none}}}\n",
			[]string{"GET /pets", "Pets_List belongs to GET /cats"}},
		"a schema twice": {"  schemas:\n", "  schemas:\n    Pet: {type: object}\n", []string{"line 32", `"Pet"`, "line 23"}},
		"a Go name twice": {
			"    Pet:", "    pet: {type: object, x-keep: true, properties: {a: {type: string}}}\n    Pet:", []string{"'Pet'"},
		},
		"a reference to nothing":       {"schemas/Pet'", "schemas/Pat'", []string{"line 30", "#/components/schemas/Pat"}},
		"a reference elsewhere":        {"#/components/schemas/Pet'", "other.yaml#/Pet'", []string{"line 30", "other.yaml"}},
		"paging without a style":       {"style: page, ", "", []string{"GET /pets", "needs style and items"}},
		"paging of no list":            {"items: pets", "items: total", []string{"GET /pets", "total is no list"}},
		"paging of an unknown member":  {"items: pets", "items: cats", []string{"GET /pets", "the answer has no cats"}},
		"paging with an unknown total": {"total: total}", "total: sum}", []string{"GET /pets", "the answer has no sum"}},
		"paging with an unknown param": {"pageParam: page", "pageParam: side", []string{"GET /pets", "the query has no side"}},
		"paging with a slip":           {"total: total}", "totl: total}", []string{"GET /pets", "totl"}},
		"a secret type's field Format": {
			"code: {type: string,", "format: {type: string, format: password,", []string{"schema Chip", "Format"},
		},
		"a list of another verb":     {"Pets_List\n", "Pets_Get\n", []string{"Pets_Get", "has List in it"}},
		"a PUT that is named Update": {"paths:\n", put("Pets_Update", "PetReplace"), []string{"Pets_Update", "name it Replace"}},
		"a body with another verb":   {"paths:\n", put("Pets_Replace", "PetInput"), []string{"PetInput must be named …Replace"}},
		"an id with decimals":        {"id: {type: string,", "id: {type: number,", []string{"schema Pet", "id is an id"}},
		"an x-id of nothing": {
			"description: is a pet.", "description: is a pet.\n      x-id: chp", []string{"schema Pet", "no chp"},
		},
		"no document": {tiny, "", []string{"empty"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := write(t, tt.from, tt.to)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range append(tt.want, "tiny.yaml: ") {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not tell %q", err, want)
				}
			}
		})
	}
}

// TestLoginBodiesHideTheirSecretsInJSON needs the secret, and a type that is only sent.
func TestLoginBodiesHideTheirSecretsInJSON(t *testing.T) {
	for vendor, names := range map[string][]string{
		"ekacare":  {"AuthLoginRequest", "AuthRefreshRequest", "AuthOIDCVerifyRequest"},
		"snapcare": {"TokenCreate", "SessionCreate", "SSOSessionCreate", "SessionRenewalInput"},
		"welkin":   {"APIClientTokenCreate"},
	} {
		source := generated(t, vendor)
		for _, name := range names {
			for _, method := range []string{"MarshalText", "WireJSON"} {
				if !strings.Contains(source, name+") "+method+"()") {
					t.Errorf("%s.%s has no method %s", vendor, name, method)
				}
			}
		}
	}
}

func TestWhatHoldsASecretPrintsItsNameAlone(t *testing.T) {
	plain, err := write(t)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(plain, "type Pet struct") || strings.Contains(plain, "slog") {
		t.Errorf("without secrets there is no Pet, or it is logged in its own way:\n%s", plain)
	}
	secret, err := write(t, "code: {type: string,", "code: {type: string, format: password,", "schema: {type: integer}",
		"schema: {type: string, format: password}")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Chip", "Pet", "PetsListParams"} { // the holder, and what holds it
		for _, want := range []string{
			"func (" + name + ") Format(f fmt.State", "func (" + name + ") LogValue() slog.Value", `"tiny.` + name + ` [redacted]"`,
		} {
			if !strings.Contains(secret, want) {
				t.Errorf("no %s in:\n%s", want, secret)
			}
		}
	}
}

// generated is the generated code of a vendor's package.
func generated(t *testing.T, vendor string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", vendor, "*_gen.go"))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, name := range files {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(source)
	}
	return all.String()
}
