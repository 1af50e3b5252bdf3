package specserver

import (
	"os"
	"sync"
	"testing"

	"github.com/caremux/caremux/openapi"
)

var (
	loadWelkin = sync.OnceValues(func() (*Spec, error) {
		data, err := openapi.Specs.ReadFile("welkin.yaml")
		if err != nil {
			return nil, err
		}
		return Load(data)
	})
	loadShop = sync.OnceValues(func() (*Spec, error) {
		data, err := os.ReadFile("testdata/shop.yaml")
		if err != nil {
			return nil, err
		}
		return Load(data)
	})
)

func load(t *testing.T, from func() (*Spec, error)) *Spec {
	t.Helper()
	spec, err := from()
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	for name, doc := range map[string]string{
		"no document":       "openapi: [",
		"an invalid one":    "openapi: 3.0.3\npaths: {}\n",
		"a nameless action": "openapi: 3.0.3\ninfo: {title: t, version: v}\npaths: {/a: {get: {responses: {'200': {description: d}}}}}\n",
	} {
		if _, err := Load([]byte(doc)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestOperations(t *testing.T) {
	t.Parallel()
	spec := load(t, loadShop)
	ops := spec.Operations()
	for i := range ops[1:] {
		if ops[i].ID >= ops[i+1].ID {
			t.Errorf("%s comes before %s", ops[i].ID, ops[i+1].ID)
		}
	}
	list := spec.Operation("Orders_List")
	if list == nil || list.Method != "GET" || list.Path != "/{shop}/orders" {
		t.Fatalf("Orders_List is %+v", list)
	}
	if got := len(list.Parameters); got != 9 {
		t.Errorf("%d parameters, want 8 own and 1 of the path", got)
	}
	if p := list.Parameters.GetByInAndName("header", "trace"); p == nil || !p.Required {
		t.Error("the operation's own parameter does not win over the path's")
	}
	if spec.Operation("Orders_Unknown") != nil {
		t.Error("an unknown id gives an operation")
	}
}

func TestMatch(t *testing.T) {
	t.Parallel()
	spec := load(t, loadShop)
	for _, test := range []struct {
		method, path, id string
		params           map[string]string
	}{
		{"GET", "/a/orders", "Orders_List", map[string]string{"shop": "a"}},
		{"GET", "/a/orders/latest", "Orders_GetLatest", map[string]string{"shop": "a"}},
		{"DELETE", "/a/orders/latest", "Orders_Delete", map[string]string{"shop": "a", "id": "latest"}},
		{"GET", "/a%2Fb/orders/c%20d%25", "Orders_Get", map[string]string{"shop": "a/b", "id": "c d%"}},
		{"GET", "/a/orders/", "Orders_Get", map[string]string{"shop": "a", "id": ""}},
		{"PUT", "/a/orders", "", nil},
		{"GET", "/a/orders/b/c", "", nil},
		{"GET", "/a/orders/%zz", "", nil},
	} {
		op, params, ok := spec.Match(test.method, test.path)
		if !ok {
			op = &Operation{}
		}
		if op.ID != test.id {
			t.Errorf("%s %s: %q, want %q", test.method, test.path, op.ID, test.id)
			continue
		}
		for name, want := range test.params {
			if params[name] != want {
				t.Errorf("%s %s: %s is %q, want %q", test.method, test.path, name, params[name], want)
			}
		}
	}
}

// Every operation must be found by its own template.
func TestMatchWelkin(t *testing.T) {
	t.Parallel()
	spec := load(t, loadWelkin)
	for _, op := range spec.Operations() {
		got, _, ok := spec.Match(op.Method, op.Path)
		if !ok || got != op {
			t.Errorf("%s: found %+v", op.ID, got)
		}
	}
}
