package ekacaretest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/abdm"
)

// exchange is the state of the exchange of health data, on both sides of the network.
type exchange struct {
	requests map[string]*dataRequest // by transaction
	pushes   map[string]*dataPush
	keyset   *ekacare.KeysetUpdate // that the health information user published last
}

// dataRequest is a request of the server to a health information provider.
type dataRequest struct {
	keys         *abdm.KeySet
	careContexts []string
	pages        map[int]bool
	count        int
	sealed       map[string]string // content by nonce
	received     []DataDocument
}

type dataPush struct {
	careContexts []string
	statuses     []DataStatus
}

// DataRequest is a request for health data, by a health information user that the server plays.
type DataRequest struct {
	HIPID        string   // the facility. Default: "hip-own"
	ABHAAddress  string   // of the patient
	CareContexts []string // ids, at least one
	HiTypes      []string // default: all but invoices
	Encoding     abdm.Encoding
}

// DataDocument is a document of a care context in the clear.
type DataDocument struct {
	CareContextID string
	Bundle        string // JSON
}

// DataStatus is what a health information user has reported of a care context.
type DataStatus struct {
	CareContextID string `json:"care_context_id"`
	Success       bool   `json:"success"`
	Description   string `json:"description"`
}

var allHiTypes = []string{"OPConsultation", "Prescription", "DischargeSummary", "DiagnosticReport", "ImmunizationRecord",
	"HealthDocumentRecord", "WellnessRecord"}

// RequestData makes a key set and sends the event abha.hip_data_fetch to the endpoints that are subscribed to it; see
// [Server.Send] for the error. It returns the id of the transaction, by which [Server.ReceivedData] has what the
// provider sends. Calls for another transaction or care context are refused, and so is a page that was sealed with
// keys of another one.
func (s *Server) RequestData(ctx context.Context, r DataRequest) (transactionID string, err error) {
	keys, err := abdm.NewKeySet(s.Now().Add(24 * time.Hour))
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	transactionID = s.newID("transaction")
	s.exchange.requests[transactionID] = &dataRequest{
		keys: keys, careContexts: slices.Clone(r.CareContexts), pages: map[int]bool{}, sealed: map[string]string{},
	}
	s.mu.Unlock()
	if r.HiTypes == nil {
		r.HiTypes = allHiTypes
	}
	if r.HIPID == "" {
		r.HIPID = "hip-own"
	}
	return transactionID, s.Send(ctx, ekacare.EventABHAHIPDataFetch, s.abdmEvent(ekacare.EventABHAHIPDataFetch, object{
		"transaction_id": transactionID, "hip_id": r.HIPID, "abha_address": r.ABHAAddress, "care_contexts": r.CareContexts,
		"hi_types": r.HiTypes, "key_information": keys.KeyMaterial(r.Encoding),
	}))
}

// ReceivedData returns the documents that a provider has sent for a transaction of [Server.RequestData], and whether
// all its pages have arrived.
func (s *Server) ReceivedData(transactionID string) (documents []DataDocument, complete bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.exchange.requests[transactionID]
	if r == nil {
		return nil, false
	}
	return slices.Clone(r.received), r.count > 0 && len(r.pages) == r.count
}

// PushData seals documents for the keys that were published by [ekacare.DataExchangeService.UpdateKeyset], one event
// for each, and sends them to the endpoints that are subscribed to abha.hiu_data_push; see [Server.Send] for the
// error. It returns the ids of the transactions, by which [Server.PushStatuses] has what the receiver reports.
func (s *Server) PushData(
	ctx context.Context, consentID string, documents ...DataDocument,
) (transactionIDs []string, err error) {
	s.mu.Lock()
	keyset := s.exchange.keyset
	s.mu.Unlock()
	if keyset == nil {
		return nil, fmt.Errorf("ekacaretest: no key set was published")
	}
	peer, err := abdm.NewPeer(abdm.KeyMaterial{DHPublicKey: abdm.DHPublicKey{KeyValue: keyset.PublicKey}, Nonce: keyset.Nonce})
	if err != nil {
		return nil, err
	}
	for _, d := range documents {
		sealed, err := abdm.Seal(peer, []byte(d.Bundle))
		if err != nil {
			return transactionIDs, err
		}
		s.mu.Lock()
		id := s.newID("transaction")
		s.exchange.pushes[id] = &dataPush{careContexts: []string{d.CareContextID}}
		s.mu.Unlock()
		transactionIDs = append(transactionIDs, id)
		err = s.Send(ctx, ekacare.EventABHAHIUDataPush, s.abdmEvent(ekacare.EventABHAHIUDataPush, object{
			"transaction_id": id, "consent_id": consentID, "key_information": sealed.KeyMaterial,
			"entries": []object{{
				"care_context_id": d.CareContextID, "content": sealed.Content(), "media": ekacare.EncryptedMediaFHIRJSON,
			}},
		}))
		if err != nil {
			return transactionIDs, err
		}
	}
	return transactionIDs, nil
}

// PushStatuses returns what the receiver has reported of a transaction of [Server.PushData].
func (s *Server) PushStatuses(transactionID string) []DataStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.exchange.pushes[transactionID]; p != nil {
		return slices.Clone(p.statuses)
	}
	return nil
}

// abdmEvent is an event of ABDM, whose content is data.
func (s *Server) abdmEvent(name string, data object) object {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock().Unix()
	return object{"service": "abdm", "event": name, "transaction_id": s.newID("transaction"), "event_time": now,
		"timestamp": now, "business_id": "business-own", "client_id": s.credentials.ClientID, "data": data}
}

func (s *Server) handleExchange() {
	s.exchange = exchange{requests: map[string]*dataRequest{}, pushes: map[string]*dataPush{}}
	s.handle("DataExchange_UpdateKeyset", func(c *call) (any, error) {
		var k ekacare.KeysetUpdate
		if err := c.Decode(&k); err != nil {
			return nil, badExchange(err.Error())
		}
		m := abdm.KeyMaterial{DHPublicKey: abdm.DHPublicKey{KeyValue: k.PublicKey}, Nonce: k.Nonce}
		if _, err := abdm.NewPeer(m); err != nil {
			return nil, badExchange(err.Error())
		}
		s.exchange.keyset = &k
		s.wrote(c, "keyset")
		return nil, nil
	})
	s.handle("DataExchange_OnFetch", s.takePage)
	s.handle("DataExchange_OnPush", s.takeStatuses)
}

func badExchange(message string) error {
	return &failure{http.StatusBadRequest, object{"code": http.StatusBadRequest, "error": message}}
}

// page is the body of DataExchange.OnFetch.
type page struct {
	TransactionID  string           `json:"transaction_id"`
	PageNumber     int              `json:"page_number"`
	PageCount      int              `json:"page_count"`
	KeyInformation abdm.KeyMaterial `json:"key_information"`
	Entries        []struct {
		CareContextID string `json:"care_context_id"`
		Content       string `json:"content"`
	} `json:"entries"`
}

// takePage takes a page of a provider. A page that comes twice, since its response was lost, is taken once.
func (s *Server) takePage(c *call) (any, error) {
	var p page
	if err := json.Unmarshal(c.Body, &p); err != nil {
		return nil, badExchange(err.Error())
	}
	r := s.exchange.requests[p.TransactionID]
	switch {
	case r == nil:
		return nil, badExchange("The transaction is unknown")
	case p.PageNumber < 1 || p.PageNumber > p.PageCount || r.count > 0 && r.count != p.PageCount:
		return nil, badExchange("The number of the page does not fit")
	case len(p.Entries) != 1:
		return nil, badExchange("A page has one document, since its keys serve for one")
	}
	entry, nonce := p.Entries[0], p.KeyInformation.Nonce
	if other, used := r.sealed[nonce]; used && other != entry.Content {
		return nil, badExchange("Keys are used for two documents")
	}
	if !slices.Contains(r.careContexts, entry.CareContextID) {
		return nil, badExchange("The care context was not requested")
	}
	peer, err := abdm.NewPeer(p.KeyInformation)
	if err != nil {
		return nil, badExchange(err.Error())
	}
	bundle, err := r.keys.OpenContent(peer, entry.Content)
	if err != nil {
		return nil, badExchange(err.Error())
	}
	r.sealed[nonce], r.count = entry.Content, p.PageCount
	if !r.pages[p.PageNumber] {
		r.pages[p.PageNumber] = true
		r.received = append(r.received, DataDocument{entry.CareContextID, string(bundle)})
	}
	s.wrote(c, p.TransactionID)
	return nil, nil
}

// takeStatuses takes what a receiver reports.
func (s *Server) takeStatuses(c *call) (any, error) {
	var body struct {
		TransactionID string       `json:"transaction_id"`
		Statuses      []DataStatus `json:"status_response"`
	}
	if err := json.Unmarshal(c.Body, &body); err != nil {
		return nil, badExchange(err.Error())
	}
	p := s.exchange.pushes[body.TransactionID]
	if p == nil {
		return nil, badExchange("The transaction is unknown")
	}
	for _, status := range body.Statuses {
		if !slices.Contains(p.careContexts, status.CareContextID) {
			return nil, badExchange("The care context was not pushed")
		}
	}
	p.statuses = body.Statuses
	s.wrote(c, body.TransactionID)
	return nil, nil
}
