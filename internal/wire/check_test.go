package wire_test

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oapi-codegen/nullable"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/wire"
)

type person struct {
	Name     string             `json:"name" check:"required,maxlen=5"`
	Nick     *string            `json:"nick,omitempty" check:"maxlen=3"`
	Born     caremux.Time       `json:"born" check:"required"`
	Tags     []string           `json:"tags" check:"required,maxlen=2"`
	Address  *address           `json:"address" check:"required"`
	Contacts []contact          `json:"contacts,omitempty"`
	ByKind   map[string]contact `json:"byKind,omitempty"`
	Pair     [2]*contact        `json:"pair,omitempty"`
	Friends  []*person          `json:"friends,omitempty"`
	Weight   *float64           `json:"weight,omitempty" check:"min=0.5,max=500"`
	Age      int                `json:"age" check:"max=150"`
	Level    uint8              `json:"level" check:"max=9"`
	Since    caremux.Date       `json:"since,omitzero"`
	Anything any                `json:"anything"`
	Grade    grade              `json:"grade"`
	Grades   []*grade           `json:"grades"`

	Mood nullable.Nullable[string] `json:"mood,omitzero"`
}

// grade is a coded value, unlike Age.
type grade int

func (g *grade) UnmarshalJSON(data []byte) error { return wire.UnmarshalEnum(data, g, nil) }

type address struct {
	City string `json:"city" check:"required"`
}

type contact struct {
	Phone string `json:"phone"`
	Email string `json:"email"`
}

func (c contact) Validate() error {
	if (c.Phone == "") == (c.Email == "") {
		return &caremux.ArgumentError{Field: "phone", Rule: "or email is required, not both"}
	}
	return nil
}

func good() *person {
	return &person{Name: "Zoë", Born: caremux.NewTime(time.Unix(0, 0)), Tags: []string{}, Address: &address{City: "x"}}
}

func TestCheckNamesTheFieldAtFault(t *testing.T) {
	t.Parallel()
	unreadable, _ := caremux.ParseTime("soon")
	for _, tt := range []struct {
		name   string
		change func(*person)
		field  string // "" if all is well
		rule   string
	}{
		{"all well", func(*person) {}, "", ""},
		{"required text", func(p *person) { p.Name = "" }, "name", "is required"},
		{"required time", func(p *person) { p.Born = caremux.Time{} }, "born", "is required"},
		{"a time that could not be read is there", func(p *person) { p.Born = unreadable }, "", ""},
		{"required list", func(p *person) { p.Tags = nil }, "tags", "is required"},
		{"required pointer", func(p *person) { p.Address = nil }, "address", "is required"},
		{"required member of a part", func(p *person) { p.Address.City = "" }, "address.city", "is required"},
		{"characters are counted, not bytes", func(p *person) { p.Name = "ëëëëë" }, "", ""},
		{"text too long", func(p *person) { p.Name = "ëëëëëë" }, "name", "at most 5 characters"},
		{"text behind a pointer too long", func(p *person) { p.Nick = new("four") }, "nick", "at most 3 characters"},
		{"empty text behind a pointer", func(p *person) { p.Nick = new("") }, "", ""},
		{"list too long", func(p *person) { p.Tags = []string{"1", "2", "3"} }, "tags", "at most 2 elements"},
		{"below the minimum", func(p *person) { p.Weight = new(0.4) }, "weight", "at least 0.5"},
		{"at the minimum", func(p *person) { p.Weight = new(0.5) }, "", ""},
		{"above the maximum", func(p *person) { p.Weight = new(500.1) }, "weight", "at most 500"},
		{"not a number", func(p *person) { p.Weight = new(math.NaN()) }, "weight", "at least"},
		{"integer above the maximum", func(p *person) { p.Age = 151 }, "age", "at most 150"},
		{"unsigned above the maximum", func(p *person) { p.Level = 10 }, "level", "at most 9"},
		{"rule of a part in a list", func(p *person) { p.Contacts = []contact{{Phone: "1"}, {}} }, "contacts[1].phone", "not both"},
		{"rule of a part in a map, whose key is not named", func(p *person) {
			p.ByKind = map[string]contact{"S3CRET": {}}
		}, "byKind[].phone", "not both"},
		{"rule of a part in an array", func(p *person) { p.Pair[1] = &contact{Phone: "1", Email: "2"} }, "pair[1].phone", "not both"},
		{"the type within itself", func(p *person) { p.Friends = []*person{nil, good(), {}} }, "friends[2].name", "is required"},
		{"the type within itself, deeper", func(p *person) {
			f := good()
			f.Friends = []*person{{Name: "x"}}
			p.Friends = []*person{f}
		}, "friends[0].friends[0].born", "is required"},
		{"half a day", func(p *person) { p.Since = caremux.NewDate(1980, 0, 12) }, "since", "day of the calendar"},
		{"text that is not UTF-8", func(p *person) { p.Name = "Zo\xeb" }, "name", "must be UTF-8"},
		{"text behind a pointer that is not UTF-8", func(p *person) { p.Nick = new("\xff") }, "nick", "must be UTF-8"},
		{"text in a list that is not UTF-8", func(p *person) { p.Tags = []string{"a", "\xc3"} }, "tags[1]", "must be UTF-8"},
		{"text in a part that is not UTF-8", func(p *person) {
			p.Contacts = []contact{{Phone: "\xed\xa0\x80"}}
		}, "contacts[0].phone", "must be UTF-8"},
		{"key that is not UTF-8, which is not named", func(p *person) {
			p.ByKind = map[string]contact{"S3CRET\xff": {Phone: "1"}}
		}, "byKind[]", "must have keys in UTF-8"},
		{"member that may be null and is not UTF-8", func(p *person) {
			p.Mood = nullable.NewNullableWithValue("\xff")
		}, "mood", "must be UTF-8"},
		{"code that is not known", func(p *person) { p.Grade = wire.UnknownCode }, "grade", "must be a code that is known"},
		{"code in a list that is not known", func(p *person) {
			p.Grades = []*grade{nil, new(grade(7)), new(grade(wire.UnknownCode))}
		}, "grades[2]", "must be a code that is known"},
		{"number like a code that is not known", func(p *person) { p.Age = wire.UnknownCode }, "", ""},
		{"an interface is not looked into", func(p *person) { p.Anything = address{} }, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := good()
			tt.change(p)
			for _, v := range []any{p, *p} {
				err := wire.Check(v)
				if tt.field == "" {
					if err != nil {
						t.Errorf("Check = %v", err)
					}
					continue
				}
				wantArgument(t, err, tt.field, tt.rule)
				if !errors.Is(err, caremux.ErrInvalid) || strings.Contains(err.Error(), "S3CRET") {
					t.Errorf("error = %v", err)
				}
			}
		})
	}
}

type byPointer struct {
	Low, High int
}

func (b *byPointer) Validate() error {
	if b.Low > b.High {
		return &caremux.ArgumentError{Field: "low", Rule: "must not exceed high"}
	}
	return nil
}

type plainError struct{ Bad bool }

var errPlain = errors.New("plain")

func (p plainError) Validate() error {
	if p.Bad {
		return errPlain
	}
	return nil
}

func TestCheckAsksValidatorsOfBothKinds(t *testing.T) {
	t.Parallel()
	bad := byPointer{2, 1}
	wantArgument(t, wire.Check(&bad), "low", "must not exceed")
	wantArgument(t, wire.Check(bad), "low", "must not exceed")
	wantArgument(t, wire.Check(&struct {
		Range byPointer `json:"range"`
	}{bad}), "range.low", "must not exceed")
	wantArgument(t, wire.Check([]byPointer{{1, 2}, bad}), "[1].low", "must not exceed")
	wantArgument(t, wire.Check(map[string]byPointer{"x": bad}), "[].low", "must not exceed")
	wantArgument(t, wire.Check(struct {
		Range *byPointer `url:"range"`
	}{&bad}), "range.low", "must not exceed")
	if err := wire.Check(&struct{ P plainError }{plainError{true}}); !errors.Is(err, errPlain) {
		t.Errorf("error = %v, want the validator's own", err)
	}
	if err := wire.Check(&struct{ P *byPointer }{}); err != nil {
		t.Errorf("a nil part: %v", err)
	}
}

func TestCheckTakesNilParamsAsEmptyOnes(t *testing.T) {
	t.Parallel()
	type params struct {
		Needed string `url:"needed" check:"required"`
	}
	wantArgument(t, wire.Check((*params)(nil)), "needed", "is required")
	for _, v := range []any{nil, (*address)(&address{City: "x"}), (*contactParams)(nil), 5, "text", []int{1}, map[string]int{"a": 1}} {
		if err := wire.Check(v); err != nil {
			t.Errorf("Check(%T) = %v", v, err)
		}
	}
}

type contactParams struct {
	Phone *string `url:"phone"`
}

func TestCheckSeesAMissingFile(t *testing.T) {
	t.Parallel()
	type form struct {
		Photo caremux.File `json:"photo" check:"required"`
	}
	wantArgument(t, wire.Check(&form{caremux.File{Name: "x.jpg"}}), "photo", "is required")
	if err := wire.Check(&form{caremux.File{Content: strings.NewReader("")}}); err != nil {
		t.Errorf("a file: %v", err)
	}
}

func TestCheckNamesFieldsAsTheyTravel(t *testing.T) {
	t.Parallel()
	wantArgument(t, wire.Check(struct {
		A string `url:"a_b,omitempty" check:"required"`
	}{}), "a_b", "required")
	wantArgument(t, wire.Check(struct {
		A string `json:"-" header:"X-A" check:"required"`
	}{}), "X-A", "required")
	wantArgument(t, wire.Check(struct {
		A string `check:"required"`
	}{}), "A", "required")
	if err := wire.Check(struct {
		a string `check:"required"` //nolint:unused // cannot be set by a caller
	}{}); err != nil {
		t.Errorf("an unexported field: %v", err)
	}
}

// TestCheckIsReadyForManyFirstCallers uses types that no other test has used, all at once.
func TestCheckIsReadyForManyFirstCallers(t *testing.T) {
	t.Parallel()
	type leaf struct {
		ID string `json:"id" check:"required"`
	}
	var types []reflect.Type
	inner := reflect.TypeFor[leaf]()
	for range 50 {
		inner = reflect.StructOf([]reflect.StructField{{Name: "Next", Type: reflect.PointerTo(inner), Tag: `json:"next"`}})
		types = append(types, inner)
	}
	var wg sync.WaitGroup
	start := make(chan struct{})
	for range 8 {
		wg.Go(func() {
			<-start
			for i, typ := range types {
				v := reflect.New(typ)
				field := "next"
				for at, depth := v.Elem(), 0; depth <= i; depth++ {
					at.Field(0).Set(reflect.New(at.Field(0).Type().Elem()))
					if at = at.Field(0).Elem(); depth > 0 {
						field += ".next"
					}
				}
				err := wire.Check(v.Interface())
				var argument *caremux.ArgumentError
				if !errors.As(err, &argument) || argument.Field != field+".id" {
					t.Errorf("depth %d: %v", i, err)
					return
				}
			}
		})
	}
	close(start)
	wg.Wait()
}

type reasons struct {
	Concerns []string `json:"concerns,omitzero"`
	Notes    *string  `json:"notes,omitzero"`
}

type counted struct {
	Count int `json:"count"`
}

type request struct {
	Why     reasons `json:"why" check:"required"`
	Counted counted `json:"counted" check:"required"`
}

func TestARequiredObjectWithoutContentIsRefused(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		why  reasons
		want string
	}{
		"nothing is set":       {reasons{}, "why must not be empty"},
		"a list without items": {reasons{Concerns: []string{}}, ""},
		"a text":               {reasons{Notes: new("")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := wire.Check(&request{Why: tt.why}) // Counted always travels with its number
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	nested := struct {
		Requests []request `json:"requests"`
	}{[]request{{Why: reasons{Notes: new("x")}}, {}}}
	var argument *caremux.ArgumentError
	if err := wire.Check(&nested); !errors.As(err, &argument) || argument.Field != "requests[1].why" {
		t.Errorf("got %v", err)
	}
}
