package transport

import (
	"context"
	"net/http"
)

// authorise puts the client's token into the request and returns it, so that a refusal invalidates that one only.
func (c *Client) authorise(ctx context.Context, req *http.Request, op *Operation) (string, error) {
	if op.Anonymous {
		return "", nil
	}
	var token string
	if needs := c.settings.NeedsToken; c.tokens != nil && (needs == nil || needs(op)) {
		var err error
		if token, err = c.tokens.get(ctx); err != nil {
			return "", err
		}
	}
	if apply := c.settings.Authorise; apply != nil {
		apply(req, op, token)
	} else if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return token, nil
}
