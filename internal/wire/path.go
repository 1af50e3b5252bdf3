package wire

import (
	"strings"

	"github.com/oapi-codegen/runtime"

	"github.com/caremux/caremux"
)

// The places of the parameters that oapi-codegen's runtime writes, in the style that OpenAPI has for each.
var (
	inPath   = runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationPath}
	inQuery  = runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery}
	inHeader = runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationHeader}
)

// Path fills the placeholders of a path template with escaped values, taken in order from args unless fixed names them.
// An element that could lead elsewhere than the template says is refused.
func Path(template string, fixed map[string]string, args []string) (string, error) {
	var b strings.Builder
	b.Grow(len(template) + 40*len(args))
	rest := template
	for {
		before, after, ok := strings.Cut(rest, "{")
		b.WriteString(before)
		if !ok {
			return b.String(), nil
		}
		name, tail, _ := strings.Cut(after, "}")
		rest = tail
		value, isFixed := fixed[name]
		if !isFixed {
			if len(args) == 0 {
				return "", &caremux.ArgumentError{Field: name, Rule: "is required"}
			}
			value, args = args[0], args[1:]
		}
		if !plain(value) {
			if rule := PathElementRule(value); rule != "" {
				return "", &caremux.ArgumentError{Field: name, Rule: rule}
			}
			styled, err := runtime.StyleParamWithOptions("simple", false, name, value, inPath)
			if err != nil {
				return "", &caremux.ArgumentError{Field: name, Rule: "cannot be written into the path"}
			}
			value = styled
		}
		b.WriteString(value)
	}
}

// plain reports whether a value is allowed in a path, and the same when it is escaped, as most ids are.
func plain(value string) bool {
	for i := range len(value) {
		if !plainBytes[value[i]] {
			return false
		}
	}
	return value != ""
}

var plainBytes = func() (set [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_~") {
		set[c] = true
	}
	return set
}()

// PathElementRule names the rule that the value of a path element breaks, or is empty. Besides separators it refuses their
// escaped forms, which servers behind a proxy may decode twice.
func PathElementRule(value string) string {
	switch value {
	case "":
		return "is required"
	case ".", "..":
		return `must not be "." or ".."`
	}
	for i := range len(value) {
		switch c := value[i]; {
		case c == '/' || c == '\\' || c == '?' || c == '#':
			return `must not contain "/", "\", "?" or "#"`
		case c < ' ' || c == 0x7f:
			return "must not contain control characters"
		case c == '%' && i+2 < len(value):
			switch strings.ToLower(value[i+1 : i+3]) {
			case "2f", "2e", "5c", "3f", "23", "00":
				return "must not contain an escaped separator"
			}
		}
	}
	return ""
}
