package specserver

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
)

// route is the path template of an operation, cut at its slashes.
type route struct {
	op       *Operation
	segments []string
	kinds    string // one letter for each segment, the static ones sorting first
}

// makeRoutes sorts the templates so that the first one that fits a path is the right one.
func makeRoutes(ops []*Operation) map[int][]route {
	routes := map[int][]route{}
	for _, op := range ops {
		r := route{op: op, segments: strings.Split(op.Path, "/")}
		for _, segment := range r.segments {
			if _, ok := placeholder(segment); ok {
				r.kinds += "p"
			} else {
				r.kinds += "."
			}
		}
		routes[len(r.segments)] = append(routes[len(r.segments)], r)
	}
	for _, list := range routes {
		slices.SortStableFunc(list, func(a, b route) int { return cmp.Compare(a.kinds, b.kinds) })
	}
	return routes
}

func placeholder(segment string) (string, bool) {
	if strings.HasPrefix(segment, "{") && strings.HasSuffix(segment, "}") {
		return segment[1 : len(segment)-1], true
	}
	return "", false
}

// Match finds the operation of a request and the values of its placeholders, unescaped. Of several templates that fit, the one
// with a static segment first wins. A placeholder also takes an empty segment, which [Spec.Check] then refuses.
func (s *Spec) Match(method, escapedPath string) (op *Operation, pathParams map[string]string, ok bool) {
	segments := strings.Split(escapedPath, "/")
	for _, r := range s.routes[len(segments)] {
		if r.op.Method != method {
			continue
		}
		if params, ok := r.match(segments); ok {
			return r.op, params, true
		}
	}
	return nil, nil, false
}

func (r route) match(segments []string) (map[string]string, bool) {
	params := map[string]string{}
	for i, segment := range segments {
		value, err := url.PathUnescape(segment)
		if err != nil {
			return nil, false
		}
		if name, ok := placeholder(r.segments[i]); ok {
			params[name] = value
		} else if value != r.segments[i] {
			return nil, false
		}
	}
	return params, true
}
