package ekacare

import (
	"cmp"
	"context"
	"time"

	"github.com/caremux/caremux"
)

// Events of ABDM are requests of the network: your service responds by a call that names the request. The methods of
// this file take the ids from the event, and the facility (X-Hip-Id) that it is for. An event without the ids is a
// [*caremux.ArgumentError], and no request is sent.

// eventField returns what an event must contain to be responded to.
func eventField(name, value string) (string, error) {
	if value == "" {
		return "", &caremux.ArgumentError{Field: "data." + name, Rule: "is missing in the event"}
	}
	return value, nil
}

// forHIP puts the facility of an event before the caller's options, which win.
func forHIP(id string, opts []caremux.RequestOption) []caremux.RequestOption {
	if id == "" {
		return opts
	}
	return append([]caremux.RequestOption{WithHIP(id)}, opts...)
}

// callbackError is why a request of the network is turned down.
func callbackError(code int, message string) *ABDMCallbackError {
	return &ABDMCallbackError{Code: &code, Message: &message}
}

// Respond reports which records of the patient your facility has, each with the care contexts that can be linked.
//
// POST /abdm/v1/care-contexts/on-discover (Eka Care API document, ABDM Connect)
func (e ABHACareContextDiscoverEvent) Respond(
	ctx context.Context, c *Client, patients []HIPPatient, opts ...caremux.RequestOption,
) error {
	return e.respond(ctx, c, &CareContextDiscoverResponse{Patients: patients}, opts)
}

// Refuse reports why the patient cannot be found, by a code of ABDM and a message for humans.
//
// POST /abdm/v1/care-contexts/on-discover (Eka Care API document, ABDM Connect)
func (e ABHACareContextDiscoverEvent) Refuse(
	ctx context.Context, c *Client, code int, message string, opts ...caremux.RequestOption,
) error {
	return e.respond(ctx, c, &CareContextDiscoverResponse{Error: callbackError(code, message)}, opts)
}

func (e ABHACareContextDiscoverEvent) respond(
	ctx context.Context, c *Client, body *CareContextDiscoverResponse, opts []caremux.RequestOption,
) (err error) {
	d := deref(e.Data)
	if body.RequestID, err = eventField("request_id", d.RequestID); err != nil {
		return err
	}
	if body.TxnID, err = eventField("txn_id", d.TxnID); err != nil {
		return err
	}
	return c.CareContexts.OnDiscover(ctx, body, forHIP(d.HIPID, opts)...)
}

// Respond reports that your facility has sent the patient a one-time password for the link. refNum is your own
// reference of the link, which comes back with the password in an [ABHACareContextLinkConfirmEvent]; expires is when
// the password ends, sent in UTC as in RFC 3339 (the vendor documents no format), and left out if it is the zero time.
//
// POST /abdm/v1/care-contexts/discover/link/on-init (Eka Care API document, ABDM Connect)
func (e ABHACareContextLinkInitEvent) Respond(
	ctx context.Context, c *Client, refNum string, expires time.Time, opts ...caremux.RequestOption,
) error {
	if refNum == "" {
		return &caremux.ArgumentError{Field: "refNum", Rule: "must not be empty"}
	}
	body := &CareContextLinkInitResponse{RefNum: &refNum}
	if !expires.IsZero() {
		body.OTPExpiry = new(expires.UTC().Format(time.RFC3339))
	}
	return e.respond(ctx, c, body, opts)
}

// Refuse reports why the care contexts cannot be linked, by a code of ABDM and a message for humans.
//
// POST /abdm/v1/care-contexts/discover/link/on-init (Eka Care API document, ABDM Connect)
func (e ABHACareContextLinkInitEvent) Refuse(
	ctx context.Context, c *Client, code int, message string, opts ...caremux.RequestOption,
) error {
	return e.respond(ctx, c, &CareContextLinkInitResponse{Error: callbackError(code, message)}, opts)
}

func (e ABHACareContextLinkInitEvent) respond(
	ctx context.Context, c *Client, body *CareContextLinkInitResponse, opts []caremux.RequestOption,
) (err error) {
	d := deref(e.Data)
	if body.RequestID, err = eventField("request_id", d.RequestID); err != nil {
		return err
	}
	if body.TxnID, err = eventField("txn_id", d.TxnID); err != nil {
		return err
	}
	return c.CareContexts.OnInitLink(ctx, body, forHIP(d.HIPID, opts)...)
}

// Respond reports the records and care contexts that are linked, after you have checked that the password of the event
// is the one that you sent for its LinkRefNumber.
//
// POST /abdm/v1/care-contexts/discover/link/on-confirm (Eka Care API document, ABDM Connect)
func (e ABHACareContextLinkConfirmEvent) Respond(
	ctx context.Context, c *Client, patients []HIPPatient, opts ...caremux.RequestOption,
) error {
	return e.respond(ctx, c, &CareContextLinkConfirmResponse{Patients: patients}, opts)
}

// Refuse reports why nothing was linked, such as a wrong password (code 1035 of ABDM), by a code and a message for
// humans.
//
// POST /abdm/v1/care-contexts/discover/link/on-confirm (Eka Care API document, ABDM Connect)
func (e ABHACareContextLinkConfirmEvent) Refuse(
	ctx context.Context, c *Client, code int, message string, opts ...caremux.RequestOption,
) error {
	return e.respond(ctx, c, &CareContextLinkConfirmResponse{Error: callbackError(code, message)}, opts)
}

func (e ABHACareContextLinkConfirmEvent) respond(
	ctx context.Context, c *Client, body *CareContextLinkConfirmResponse, opts []caremux.RequestOption,
) (err error) {
	d := deref(e.Data)
	if body.RequestID, err = eventField("request_id", d.RequestID); err != nil {
		return err
	}
	return c.CareContexts.OnConfirmLink(ctx, body, forHIP(d.HIPID, opts)...)
}

// Respond returns a queue token to the patient who shared the profile: its number, and when it ends if expires is not
// the zero time. That is sent in seconds since 1970; the vendor says "epoch time" and no unit.
//
// POST /abdm/v1/hip/patient/profile/on-share (Eka Care API document, ABDM Connect)
func (e ABHAHIPProfileShareEvent) Respond(
	ctx context.Context, c *Client, tokenNumber string, expires time.Time, opts ...caremux.RequestOption,
) error {
	token := &ScanAndShareToken{TokenNumber: tokenNumber}
	if tokenNumber == "" {
		return &caremux.ArgumentError{Field: "tokenNumber", Rule: "must not be empty"}
	}
	if !expires.IsZero() {
		token.ExpiresAt = new(expires.Unix())
	}
	return e.respond(ctx, c, &ScanAndShareResponse{Token: token}, opts)
}

// Refuse reports why the patient gets no place in the queue, by a code of ABDM and a message for humans.
//
// POST /abdm/v1/hip/patient/profile/on-share (Eka Care API document, ABDM Connect)
func (e ABHAHIPProfileShareEvent) Refuse(
	ctx context.Context, c *Client, code int, message string, opts ...caremux.RequestOption,
) error {
	return e.respond(ctx, c, &ScanAndShareResponse{Error: callbackError(code, message)}, opts)
}

func (e ABHAHIPProfileShareEvent) respond(
	ctx context.Context, c *Client, body *ScanAndShareResponse, opts []caremux.RequestOption,
) (err error) {
	d := deref(e.Data)
	if body.RequestID, err = eventField("req_id", d.ReqID); err != nil {
		return err
	}
	if body.ABHAAddress, err = eventField("abha_address", d.ABHAAddress); err != nil {
		return err
	}
	if d.HIPCode != "" {
		body.HIPCode = &d.HIPCode
	}
	return c.ScanAndShare.OnShare(ctx, body, forHIP(d.HIPID, opts)...)
}

// Details returns what was received under the consent that the event is about. The event is a notification: the
// network expects no response to it. The id is that of the consent artefact, or that of the request while there is no
// artefact.
//
// POST /abdm/v1/consents/details (Eka Care API document, ABDM Connect)
func (e ABHAConsentUpdateEvent) Details(
	ctx context.Context, c *Client, opts ...caremux.RequestOption,
) (*ConsentDetails, error) {
	n := deref(deref(e.Data).Notification)
	id, err := eventField("notification.consentArtefacts.id", cmp.Or(deref(n.ConsentArtefacts).ID, n.ConsentRequestID))
	if err != nil {
		return nil, err
	}
	return c.Consents.GetDetails(ctx, &ConsentDetailsQuery{ConsentID: &id}, opts...)
}
