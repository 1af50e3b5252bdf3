package ekacare

import (
	"context"
	"encoding/json"
	"io"
	"net/url"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/transport"
)

// AssessmentSuggestion is a choice that a look-up found.
type AssessmentSuggestion struct {
	caremux.Record `json:"-"`

	ID    string // to choose it; see [ChooseSuggested]
	Label string // to show it
}

// maxSuggestions is the largest response of a look-up in bytes.
const maxSuggestions = 1 << 20

// Suggest looks up choices for what the user has typed so far, at the address that the question of the kind
// [AssessmentComponentCodeAutosuggest] names. It is as a rule another host than the API's, so neither the token nor any other
// header of the client goes there; a host that wants more gets it with caremux.WithHeader. The question's parameters, such as age
// and gender, do.
//
// The format of the response is not documented: any list of objects with an id and a name is read, and a response without such a
// list matches [caremux.ErrUnreadable].
func (a *Assessment) Suggest(ctx context.Context, typed string, opts ...caremux.RequestOption) ([]AssessmentSuggestion, error) {
	const operation = "Assessments.Suggest"
	address, err := a.suggestAddress(typed)
	if err != nil {
		return nil, inArgument(operation, "component_data", err)
	}
	download, err := transport.Fetch(ctx, a.service.core, operation, address, opts)
	if err != nil {
		return nil, err
	}
	defer download.Close()
	body, err := io.ReadAll(io.LimitReader(download, maxSuggestions+1))
	if err != nil {
		return nil, err
	}
	found, ok := readSuggestions(body)
	if !ok || len(body) > maxSuggestions {
		return nil, caremux.NewError(caremux.Error{
			Vendor: "ekacare", Operation: operation, Method: "GET", Status: 200, Attempts: 1, Kind: caremux.ErrUnreadable,
		},
			caremux.ErrorParts{Body: body, Reason: "the response contains no list of choices"})
	}
	return found, nil
}

// suggestAddress adds the question's parameters and what was typed to its address. The parameters are read from the vendor's
// JSON, since it may send more of them than its documents name.
func (a *Assessment) suggestAddress(typed string) (string, error) {
	q := a.Question()
	if q == nil || q.ComponentData == nil || q.ComponentData.URL == nil || q.ComponentData.URL.BaseURL == "" {
		return "", invalidArgument("url", "is not part of the question: there is nothing to look up")
	}
	at := q.ComponentData.URL
	u, err := url.Parse(at.BaseURL)
	if err != nil {
		return "", invalidArgument("url", "must be an https URL")
	}
	query := u.Query()
	var sent struct {
		Questions []struct {
			ComponentData struct {
				URL struct {
					QueryParams map[string]json.RawMessage `json:"query_params"`
				} `json:"url"`
			} `json:"component_data"`
		} `json:"questions"`
	}
	if json.Unmarshal(a.step.RawJSON(), &sent) == nil && len(sent.Questions) > 0 {
		for name, value := range sent.Questions[0].ComponentData.URL.QueryParams {
			if text := jsonScalar(value); text != "" {
				query.Set(name, text)
			}
		}
	}
	if at.SearchQueryParam == "" {
		return "", invalidArgument("url.search_query_param", "is not part of the question: there is nothing to look up")
	}
	query.Set(at.SearchQueryParam, typed)
	u.RawQuery = query.Encode()
	return u.String(), nil
}

// readSuggestions finds the list in the response of a look-up. An empty list is one too.
func readSuggestions(body []byte) ([]AssessmentSuggestion, bool) {
	list, ok := findList(body, 0)
	if !ok {
		return nil, false
	}
	found := []AssessmentSuggestion{}
	for _, raw := range list {
		s, ok := readSuggestion(raw)
		if !ok {
			return nil, false
		}
		found = append(found, s)
	}
	return found, true
}

// findList is the first list of a response, in the order in which the vendor's envelopes are tried.
func findList(raw json.RawMessage, depth int) ([]json.RawMessage, bool) {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) == nil && list != nil {
		return list, true
	}
	var members map[string]json.RawMessage
	if depth == maxDepth || json.Unmarshal(raw, &members) != nil {
		return nil, false
	}
	for _, name := range [...]string{"data", "results", "result", "choices", "suggestions", "items", "hits"} {
		if list, ok := findList(members[name], depth+1); ok {
			return list, true
		}
	}
	return nil, false
}

func readSuggestion(raw json.RawMessage) (AssessmentSuggestion, bool) {
	var s AssessmentSuggestion
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil {
		return s, false
	}
	for _, name := range [...]string{"id", "choice_id"} {
		fill(&s.ID, jsonScalar(members[name]))
	}
	for _, name := range [...]string{"common_name", "choice_label", "label", "name", "text"} {
		fill(&s.Label, jsonString(members[name]))
	}
	caremux.KeepJSON(&s, raw)
	return s, s.ID != ""
}
