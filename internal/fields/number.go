package fields

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
)

// whole walks a value for an integer: a number that is whole however it is written, or a string that contains one.
func (w *walker) whole(data []byte, t reflect.Type, p *place) {
	text, quoted := numberText(data)
	if text == "" {
		w.unfit(data, t, p)
		return
	}
	digits, ok := wholeDigits(text)
	if !ok || json.Unmarshal([]byte(digits), reflect.New(t).Interface()) != nil {
		w.unfit(data, t, p)
		return
	}
	if w.numbers && (quoted || digits != text) {
		w.report(p, fault{value: data, number: []byte(digits)})
	}
}

// float walks a value for a floating-point number, which must have room for all its digits.
func (w *walker) float(data []byte, t reflect.Type, p *place) {
	text, quoted := numberText(data)
	bits := 64
	if t.Kind() == reflect.Float32 {
		bits = 32
	}
	f, err := strconv.ParseFloat(text, bits)
	if text == "" || err != nil {
		w.unfit(data, t, p)
		return
	}
	if !sameNumber(text, strconv.FormatFloat(f, 'g', -1, bits)) {
		w.lossy(p, "has more digits than "+typeName(t)+" can represent")
	}
	if w.numbers && quoted {
		w.report(p, fault{value: data, number: []byte(text)})
	}
}

// jsonNumber walks a value for a json.Number, which may come as a string too. The older codec gives up the whole value for a string
// that is not a number.
func (w *walker) jsonNumber(data []byte, t reflect.Type, p *place) {
	text, quoted := numberText(data)
	if text == "" {
		w.unfit(data, t, p)
		return
	}
	if w.numbers && quoted {
		w.report(p, fault{value: data, number: []byte(text)})
	}
}

// numberText returns the JSON number that data is, or that it holds as a string.
func numberText(data []byte) (text string, quoted bool) {
	var s string
	if data[0] == '"' && json.Unmarshal(data, &s) == nil {
		data, quoted = []byte(strings.TrimSpace(s)), true
	}
	if len(data) == 0 || data[0] != '-' && (data[0] < '0' || data[0] > '9') || !json.Valid(data) {
		return "", quoted
	}
	return string(data), quoted
}

// maxExponent bounds how many digits a number may be written out to.
const maxExponent = 400

// wholeDigits writes a JSON number that is whole without point and exponent: 5.0 and 1e3 are whole.
func wholeDigits(text string) (string, bool) {
	if !strings.ContainsAny(text, ".eE") {
		return text, true
	}
	d, ok := decimalOf(text)
	if !ok || d.exponent < 0 || d.exponent > maxExponent {
		return "", false
	}
	sign := ""
	if d.negative {
		sign = "-"
	}
	return sign + d.digits + strings.Repeat("0", d.exponent), true
}

// sameNumber reports whether two JSON numbers have the same value.
func sameNumber(a, b string) bool {
	x, ok := decimalOf(a)
	y, same := decimalOf(b)
	return ok && same && x == y
}

// decimal is a number as its digits, without zeros at either end, and a power of ten.
type decimal struct {
	negative bool
	digits   string
	exponent int
}

func decimalOf(text string) (decimal, bool) {
	var d decimal
	text, d.negative = strings.CutPrefix(text, "-")
	mantissa := text
	if at := strings.IndexAny(text, "eE"); at >= 0 {
		n, err := strconv.Atoi(strings.TrimPrefix(text[at+1:], "+"))
		if err != nil {
			return d, false
		}
		mantissa, d.exponent = text[:at], n
	}
	before, after, _ := strings.Cut(mantissa, ".")
	d.exponent -= len(after)
	d.digits = strings.TrimLeft(before+after, "0")
	trimmed := strings.TrimRight(d.digits, "0")
	d.exponent += len(d.digits) - len(trimmed)
	if d.digits = trimmed; d.digits == "" {
		return decimal{digits: "0"}, true
	}
	return d, true
}
