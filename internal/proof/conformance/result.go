package conformance

import (
	"encoding/json"
	"io"
	"reflect"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/caremux/caremux"
)

// checkResult holds what the caller got against the answer.
func (c *call) checkResult(result reflect.Value) {
	c.t.Helper()
	if download, ok := result.Interface().(*caremux.Download); ok {
		c.checkDownload(download)
		return
	}
	result, answer := c.unwrapped(result)
	c.checkID(result)
	switch result.Kind() {
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int64, reflect.Float64:
		if diff := cmp.Diff(answer, plain(c.t, result.Interface())); diff != "" {
			c.t.Errorf("the result (-want +got):\n%s", diff)
		}
		return
	}
	encoded, err := json.Marshal(result.Interface())
	if err != nil {
		c.t.Fatal(err)
	}
	if diff := cmp.Diff(asTyped(answer, result.Type()), decode(c.t, encoded)); diff != "" {
		c.t.Errorf("the result, encoded again, is not what was answered (-want +got):\n%s", diff)
	}
	checkRecords(c.t, result, answer, result.Type().String())
	if records := countRecords(result); records == 0 && result.Type().Elem().Kind() == reflect.Struct {
		c.t.Errorf("%s keeps no JSON", result.Type())
	}
}

func (c *call) checkDownload(download *caremux.Download) {
	c.t.Helper()
	defer download.Close()
	got, err := io.ReadAll(download)
	if err != nil || string(got) != string(c.answer) {
		c.t.Errorf("downloaded %q (%v), want %q", got, err, c.answer)
	}
}

// unwrapped returns the record or the list that a result is about, and the same part of the answer.
func (c *call) unwrapped(result reflect.Value) (inner reflect.Value, answer any) {
	c.t.Helper()
	answer = decode(c.t, c.answer)
	if page := result; page.Kind() == reflect.Pointer && page.Elem().FieldByName("NextCursor").IsValid() {
		raw := page.MethodByName("RawJSON").Call(nil)[0].Bytes()
		if diff := cmp.Diff(answer, decode(c.t, raw)); diff != "" {
			c.t.Errorf("the page's RawJSON (-want +got):\n%s", diff)
		}
		return page.Elem().FieldByName("Items"), c.itemsOf(answer)
	}
	if envelope := c.envelope(); envelope != "" {
		answer = answer.(map[string]any)[envelope]
		if list, ok := answer.([]any); ok && c.op.Op.Extensions["x-envelope-list"] == "one" {
			answer = list[0]
		}
	}
	return result, answer
}

// envelope is the member that holds the record, if the vendor wraps it.
func (c *call) envelope() string {
	if own, ok := c.op.Op.Extensions["x-envelope"]; ok {
		return own.(string)
	}
	envelope, _ := c.vendor.Spec.Doc.Extensions["x-envelope"].(string)
	return envelope
}

// itemsOf finds the list in a page.
func (c *call) itemsOf(answer any) any {
	c.t.Helper()
	pagination := c.op.Op.Extensions["x-pagination"].(map[string]any)
	paths, ok := pagination["items"].([]any)
	if !ok {
		paths = []any{pagination["items"]}
	}
	for _, path := range paths {
		if path == "$" {
			return answer
		}
		found := answer
		for name := range strings.SplitSeq(path.(string), ".") {
			if list, ok := found.([]any); ok && name == "0" && len(list) > 0 {
				found = list[0]
				continue
			}
			object, _ := found.(map[string]any)
			found = object[name]
		}
		if found != nil {
			return found
		}
	}
	c.t.Fatalf("the answer has no items at %v", paths)
	return nil
}

// endless reports whether a list ends at a page without items, which the generated answer never is.
func endless(pagination map[string]any) bool {
	for _, key := range []string{"last", "next", "more"} {
		if pagination[key] != nil {
			return false
		}
	}
	return pagination["style"] != "none"
}

// checkID expects the id of a record that has one: the generated responses set every field.
func (c *call) checkID(result reflect.Value) {
	c.t.Helper()
	if result.Kind() == reflect.Slice && result.Len() > 0 {
		result = result.Index(0)
	}
	if !result.CanInterface() {
		return
	}
	if record, ok := result.Interface().(caremux.Identified); ok && record.RecordID() == "" {
		c.t.Errorf("%T has no RecordID", record)
	}
}

// iterators name the method of all pages for that of one: AllFiles for ListFiles, SearchAll for Search.
var iterators = strings.NewReplacer("List", "All", "Search", "SearchAll")

// checkIterator ranges over the same list and expects the same items.
func (c *call) checkIterator(service, iterator string, pagination map[string]any, page reflect.Value, opts []caremux.RequestOption) {
	c.t.Helper()
	method := c.method(service, iterator)
	want := page.Elem().FieldByName("Items")
	n := 0
	for item, err := range method.Call(c.arguments(method, opts))[0].Seq2() {
		if !err.IsNil() {
			c.t.Fatalf("%s: %v", iterator, err)
		}
		if n < want.Len() && !reflect.DeepEqual(item.Interface(), want.Index(n).Interface()) {
			c.t.Errorf("%s: item %d differs from List's", iterator, n)
		}
		if n++; n == want.Len() && endless(pagination) {
			break
		}
	}
	if n != want.Len() || n == 0 {
		c.t.Errorf("%s yielded %d items, List %d", iterator, n, want.Len())
	}
	c.checkPages(service, strings.Replace(iterator, "All", "Pages", 1), page, opts)
}

// checkPages ranges over the pages of the same list, of which the first must be List's.
func (c *call) checkPages(service, name string, page reflect.Value, opts []caremux.RequestOption) {
	c.t.Helper()
	method := c.method(service, name)
	n := 0
	for got, err := range method.Call(c.arguments(method, opts))[0].Seq2() {
		if !err.IsNil() {
			c.t.Fatalf("%s: %v", name, err)
		}
		for _, field := range []string{"Items", "NextCursor", "Total"} {
			if !reflect.DeepEqual(got.Elem().FieldByName(field).Interface(), page.Elem().FieldByName(field).Interface()) {
				c.t.Errorf("%s: %s differs from List's", name, field)
			}
		}
		n++
		break
	}
	if n != 1 {
		c.t.Errorf("%s yields no page", name)
	}
}
