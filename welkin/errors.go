package welkin

import (
	"encoding/json"

	"github.com/caremux/caremux"
)

// explain reads the body of an error: a JSON array of entries, also for one error. A lone entry is read too, and a body that
// is not JSON leaves the error with its status alone.
func explain(e *caremux.Error, body []byte) error {
	var items []ErrorItem
	if json.Unmarshal(body, &items) != nil {
		var item ErrorItem
		if json.Unmarshal(body, &item) != nil || item.ErrorCode == "" && item.Message == "" {
			return nil
		}
		items = []ErrorItem{item}
	}
	if len(items) == 0 {
		return nil
	}
	e.Code, e.Message, e.Details = items[0].ErrorCode, items[0].Message, items
	return nil
}
