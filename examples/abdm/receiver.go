package main

import (
	"context"
	"net/http"

	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/abdm"
	"github.com/caremux/caremux/webhook"
)

// maxEvent is the largest event that is taken. An event with a health record is larger than the usual ones.
const maxEvent = 20 << 20

// receiver handles the events of ABDM, for the provider and for the user.
func receiver(c *ekacare.Client, key string, a *archive, store abdm.Store) (http.Handler, error) {
	verifier, err := ekacare.WebhookVerifier([]string{key})
	if err != nil {
		return nil, err
	}
	hooks, err := webhook.NewHandler(verifier, ekacare.WebhookFormat(), webhook.WithLimit(maxEvent))
	if err != nil {
		return nil, err
	}
	// Data is requested from this provider: the patient's consent covers the care contexts that the event names.
	webhook.On(hooks, func(ctx context.Context, e webhook.Delivery[ekacare.ABHAHIPDataFetchEvent]) error {
		var requested []string
		if d := e.Payload.Data; d != nil {
			requested = d.CareContexts
		}
		return e.Payload.Respond(ctx, c, a.documents(requested))
	})
	// Data arrives at this user.
	webhook.On(hooks, func(ctx context.Context, e webhook.Delivery[ekacare.ABHAHIUDataPushEvent]) error {
		received, err := e.Payload.Open(ctx, store)
		if err != nil {
			return err // the vendor is told to send it again
		}
		for i := range received.Records {
			if r := &received.Records[i]; r.Err == nil {
				r.Err = a.save(r.CareContextID, r.Bundle)
			}
		}
		return received.Respond(ctx, c)
	})
	return hooks, nil
}
