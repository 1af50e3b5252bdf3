package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/abdm"
	"github.com/caremux/caremux/ekacare/ekacaretest"
)

// use publishes keys, receives a document, replaces the keys and receives another one. A document that was sealed for
// the former keys arrives last.
func use(
	ctx context.Context, out io.Writer, srv *ekacaretest.Server, c *ekacare.Client, store abdm.Store, a *archive,
) error {
	month := time.Now().AddDate(0, 1, 0)
	former, err := c.DataExchange.NewKeySet(ctx, store, month, abdm.EncodingX509)
	if err != nil {
		return err
	}
	if err := receive(ctx, out, srv, a, "visit-7", "Blood count"); err != nil {
		return err
	}
	if _, err := c.DataExchange.NewKeySet(ctx, store, month, abdm.EncodingX509); err != nil {
		return err
	}
	if err := receive(ctx, out, srv, a, "visit-8", "Discharge summary"); err != nil {
		return err
	}
	late := former.KeyMaterial(abdm.EncodingX509)
	err = c.DataExchange.UpdateKeyset(ctx, &ekacare.KeysetUpdate{PublicKey: late.DHPublicKey.KeyValue, Nonce: late.Nonce})
	if err != nil {
		return err
	}
	return receive(ctx, out, srv, a, "visit-9", "X-ray")
}

// receive lets the network push a document of a visit.
func receive(ctx context.Context, out io.Writer, srv *ekacaretest.Server, a *archive, visit, title string) error {
	document, err := note(title).MarshalJSON()
	if err != nil {
		return err
	}
	transactions, err := srv.PushData(ctx, "consent-1", ekacaretest.DataDocument{CareContextID: visit, Bundle: string(document)})
	if err != nil {
		return err
	}
	for _, status := range srv.PushStatuses(transactions[0]) {
		fmt.Fprintf(out, "user: %s: %q, reported as stored: %v\n", visit, a.title(visit), status.Success)
	}
	return nil
}
