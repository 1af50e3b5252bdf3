package ekacare

import (
	"cmp"
	"context"
	"encoding/json"
	"iter"
	"slices"
	"time"

	"github.com/caremux/caremux"
)

// PatientAssessmentV1 is an assessment in the list of [AssessmentsService.AllV1].
type PatientAssessmentV1 struct {
	caremux.Record `json:"-"`
	AssessmentSummaryV1

	PatientID string `json:"-"` // the key under which the vendor lists it
}

// AllV1 iterates over the assessments of [AssessmentsService.ListV1], page after page until one is empty. The vendor sends each
// page as a map by patient; here they come by the time of creation, in the direction of params.Sort, and by patient where times
// are equal. An assessment that comes again, because others were added meanwhile, is left out. A page of only such ones ends with
// [caremux.ErrCursorStuck].
//
// GET /assess/fetch_assessments/
//
// Deprecated: use [AssessmentsService.All].
func (s *AssessmentsService) AllV1(
	ctx context.Context,
	params *AssessmentsListV1Params,
	opts ...caremux.RequestOption,
) iter.Seq2[PatientAssessmentV1, error] {
	return func(yield func(PatientAssessmentV1, error) bool) {
		p := AssessmentsListV1Params{}
		if params != nil {
			p = *params
		}
		fail := func(err error) { yield(PatientAssessmentV1{}, err) }
		if p.Limit != nil && *p.Limit <= 0 {
			fail(&caremux.ArgumentError{Vendor: "ekacare", Operation: "Assessments.AllV1", Field: "limit", Rule: "must be above zero"})
			return
		}
		offset := 0
		if p.Offset != nil {
			offset = *p.Offset
		}
		seen := map[[2]string]bool{}
		for {
			p.Offset = new(offset)
			page, err := s.ListV1(ctx, &p, opts...)
			if err != nil {
				fail(err)
				return
			}
			items := page.inOrder(p.Sort != nil && *p.Sort == SortOrderDescending)
			if len(items) == 0 {
				return
			}
			offset += len(items)
			fresh := slices.DeleteFunc(items, func(item PatientAssessmentV1) bool { return seen[item.key()] })
			if len(fresh) == 0 {
				fail(assessmentsRepeat())
				return
			}
			for _, item := range fresh {
				if key := item.key(); !seen[key] { // nor twice on one page
					seen[key] = true
					if !yield(item, nil) {
						return
					}
				}
			}
		}
	}
}

// assessmentsRepeat is the error of a page that has nothing new.
func assessmentsRepeat() error {
	return caremux.NewError(
		caremux.Error{Vendor: "ekacare", Operation: "Assessments.AllV1", Kind: caremux.ErrCursorStuck, Attempts: 1},
		caremux.ErrorParts{Reason: "the next page is one that was there before"},
	)
}

// key tells an assessment from all others: by patient and conversation, or by its JSON if it has no conversation.
func (a *PatientAssessmentV1) key() [2]string {
	if a.Conversationid == "" {
		return [2]string{a.PatientID, string(a.RawJSON())}
	}
	return [2]string{a.PatientID, a.Conversationid}
}

// inOrder lays out a page, each assessment with its JSON.
func (l *AssessmentListV1) inOrder(descending bool) []PatientAssessmentV1 {
	var sent struct {
		Conversations map[string][]json.RawMessage `json:"conversations"`
	}
	_ = json.Unmarshal(l.RawJSON(), &sent) // what is not a list has no assessments
	var items []PatientAssessmentV1
	for patient, list := range l.Conversations {
		for i, summary := range list {
			item := PatientAssessmentV1{PatientID: patient, AssessmentSummaryV1: summary}
			if raw := sent.Conversations[patient]; i < len(raw) {
				caremux.KeepJSON(&item, raw[i])
			}
			items = append(items, item)
		}
	}
	slices.SortStableFunc(items, func(a, b PatientAssessmentV1) int { // then, within a patient, the vendor's own order
		by := a.created().Compare(b.created())
		if descending {
			by = -by
		}
		return cmp.Or(by, cmp.Compare(a.PatientID, b.PatientID))
	})
	return items
}

func (a *PatientAssessmentV1) created() time.Time {
	if a.CreatedEpoch.Known() {
		return a.CreatedEpoch.Time.Time
	}
	return a.CreatedAt.Time
}
