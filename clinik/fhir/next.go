package fhir

import (
	"net/url"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/transport"
)

// nextQuery is the query of the bundle's next link; more is false on the last page. Only the query is taken: the call goes to the
// client's own address, so that a link cannot lead the key elsewhere. A link whose query is missing or cannot be read whole gives
// none: to follow what is left of it would be another search.
func nextQuery(bundle *Bundle) (query url.Values, more bool) {
	for _, link := range bundle.Link {
		if link.Relation != "next" || link.URL == "" {
			continue
		}
		u, err := url.Parse(link.URL)
		if err != nil {
			return nil, true
		}
		query, err := url.ParseQuery(u.RawQuery)
		if err != nil || len(query) == 0 {
			return nil, true
		}
		return query, true
	}
	return nil, false
}

// turnTo asks for query. On a later page the link's parameters stand in place of those that the caller's options gave for the first.
func turnTo(query url.Values, later bool) caremux.RequestOption {
	return func(c *caremux.CallConfig) error {
		for name, values := range query {
			if later {
				delete(c.Query, name)
			}
			for _, value := range values {
				if err := caremux.WithQuery(name, value)(c); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

// trail is what a page must know of those before it, to notice links that lead in a circle.
type trail struct {
	operation string
	pages     int
	empty     int // pages without entries in a row
	asked     *transport.Seen
}

// step goes on to the page that the options ask for.
func (t trail) step(opts []caremux.RequestOption) (trail, error) {
	config, err := caremux.NewCallConfig(opts)
	if err != nil {
		return t, err
	}
	if t.asked.Before([]byte(config.Query.Encode()), t.pages) || t.empty > transport.MaxEmptyPages {
		return t, stuck(t.operation)
	}
	t.pages++
	return t, nil
}

// note says how many entries the page had.
func (t trail) note(entries int) trail {
	if t.empty++; entries > 0 {
		t.empty = 0
	}
	return t
}

func stuck(operation string) error {
	return caremux.NewError(caremux.Error{Vendor: "clinik", Operation: operation, Kind: caremux.ErrCursorStuck, Attempts: 1},
		nil, caremux.ErrCursorStuck, caremux.ErrCursorStuck.Error(), false)
}
