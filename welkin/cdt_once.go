package welkin

import (
	"context"
	"errors"
	"time"

	"github.com/caremux/caremux"
)

// CreateOnce returns the patient's record for which same returns true, and creates it if there is none. After a crash
// or an error, a second run finds the record that the first one has created, and creates no other:
//
//	v, err := vitals.CreateOnce(ctx, patientID, &Vitals{VisitID: visit, Systolic: 118},
//		func(r welkin.TypedCDT[Vitals]) bool { return r.Fields.VisitID == visit })
//
// same should compare something that is unique to the record, such as an id of your own. All records of the patient are
// read for it, so it suits types of which a patient has few. If the response to the creation is lost, CreateOnce polls
// for the record for some seconds; if it does not find it, the error's MaybeApplied is true, and CreateOnce can be
// called once more. It takes no lock: two processes that call it for the same record at the same time may create two.
//
// CreateOnce refuses [caremux.WithIdempotent], since it would allow a second creation.
func (s *TypedCDTs[T]) CreateOnce(ctx context.Context, patientID string, fields *T, same func(TypedCDT[T]) bool,
	opts ...caremux.RequestOption) (*TypedCDT[T], error) {
	if err := s.onceOnly(fields, same, opts); err != nil {
		return nil, err
	}
	if found, err := s.find(ctx, patientID, same, opts); found != nil || err != nil {
		return found, err
	}
	record, err := s.Create(ctx, patientID, fields, opts...)
	var e *caremux.Error
	if !errors.As(err, &e) || !e.MaybeApplied() {
		return record, err
	}
	for _, pause := range lostPauses {
		if !sleep(ctx, pause) {
			break
		}
		if found, _ := s.find(ctx, patientID, same, opts); found != nil {
			return found, nil
		}
	}
	return nil, err
}

// lostPauses are the waits before each look for a record whose response was lost.
var lostPauses = []time.Duration{0, time.Second / 2, 2 * time.Second}

// onceOnly refuses what could lead to two records, before anything is sent.
func (s *TypedCDTs[T]) onceOnly(fields *T, same func(TypedCDT[T]) bool, opts []caremux.RequestOption) error {
	config, err := caremux.NewCallConfig(opts)
	if err == nil {
		_, err = fieldsBody(&cdtsCreate, fields)
	}
	refuse := func(field, rule string) error {
		return &caremux.ArgumentError{Vendor: "welkin", Operation: cdtsCreate.Name, Field: field, Rule: rule}
	}
	switch {
	case err != nil:
		return err
	case same == nil:
		return refuse("same", "is required")
	case config.StartAt != nil:
		return refuse("StartAt", "is only for lists")
	case config.Idempotent:
		return refuse("WithIdempotent", "is not for CreateOnce: it would let the record be created twice")
	}
	return nil
}

// find returns the first record of the patient that is the same, nil if there is none.
func (s *TypedCDTs[T]) find(ctx context.Context, patientID string, same func(TypedCDT[T]) bool,
	opts []caremux.RequestOption) (*TypedCDT[T], error) {
	for record, err := range s.All(ctx, patientID, &CDTsListParams{Size: new(100)}, opts...) {
		if err != nil {
			return nil, err
		}
		if same(record) {
			return &record, nil
		}
	}
	return nil, nil
}

func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
