package webhook

import (
	"container/heap"
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// DefaultMemoryQueueMax is how many messages a [MemoryQueue] stores at most by default, dead letters included.
const DefaultMemoryQueueMax = 1 << 16

// MemoryQueue is a [WorkQueue] in this process, for tests and for events that may be lost: messages that wait are lost when the
// process ends, although they were acknowledged to the vendor. The zero value is ready. Set the field before the first use.
type MemoryQueue struct {
	Max int // most messages; 0 means DefaultMemoryQueueMax. A full queue returns ErrQueueFull

	mu    sync.Mutex
	jobs  map[string]*memoryJob
	due   memoryJobs
	dead  []DeadLetter // by ID
	count uint64
	wake  chan struct{} // closed when something may be due earlier
}

// memoryJob is a message that waits, or is leased: then it is due again when the lease ends.
type memoryJob struct {
	Job
	due   time.Time
	order uint64 // among those due at the same time
	index int
}

type memoryJobs []*memoryJob

func (m memoryJobs) Len() int { return len(m) }

func (m memoryJobs) Less(i, j int) bool {
	if c := m[i].due.Compare(m[j].due); c != 0 {
		return c < 0
	}
	return m[i].order < m[j].order
}

func (m memoryJobs) Swap(i, j int) {
	m[i], m[j] = m[j], m[i]
	m[i].index, m[j].index = i, j
}

// Push is for package heap.
func (m *memoryJobs) Push(x any) {
	j := x.(*memoryJob)
	j.index = len(*m)
	*m = append(*m, j)
}

// Pop is for package heap.
func (m *memoryJobs) Pop() any {
	last := len(*m) - 1
	j := (*m)[last]
	(*m)[last] = nil
	*m = (*m)[:last]
	return j
}

var _ WorkQueue = (*MemoryQueue)(nil)

// Enqueue stores messages; see [Queue].
func (q *MemoryQueue) Enqueue(ctx context.Context, messages ...Message) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	most := q.Max
	if most <= 0 {
		most = DefaultMemoryQueueMax
	}
	if len(q.jobs)+len(q.dead)+len(messages) > most {
		return ErrQueueFull
	}
	for _, m := range messages {
		q.add(m)
	}
	return nil
}

// add makes a message due now.
func (q *MemoryQueue) add(m Message) {
	if q.jobs == nil {
		q.jobs = make(map[string]*memoryJob)
	}
	q.count++
	j := &memoryJob{Job: Job{ID: rand.Text(), Message: m}, due: time.Now(), order: q.count}
	q.jobs[j.ID] = j
	heap.Push(&q.due, j)
	q.changed()
}

// changed wakes those who wait in Take.
func (q *MemoryQueue) changed() {
	if q.wake != nil {
		close(q.wake)
		q.wake = nil
	}
}

// Take leases a message; see [WorkQueue].
func (q *MemoryQueue) Take(ctx context.Context, lease time.Duration) (*Job, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		job, wait, wake := q.next(lease)
		if job != nil {
			return job, nil
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// next leases the first message that is due, or returns how long there is none unless wake is closed.
func (q *MemoryQueue) next(lease time.Duration) (job *Job, wait time.Duration, wake <-chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.wake == nil {
		q.wake = make(chan struct{})
	}
	if len(q.due) == 0 {
		return nil, time.Hour, q.wake
	}
	j, now := q.due[0], time.Now()
	if wait := j.due.Sub(now); wait > 0 {
		return nil, wait, q.wake
	}
	j.Attempt++
	j.Token, j.due = rand.Text(), now.Add(lease)
	heap.Fix(&q.due, j.index)
	taken := j.Job
	return &taken, 0, nil
}

// held returns the message of a job, if its lease is the last one.
func (q *MemoryQueue) held(job *Job) *memoryJob {
	if j := q.jobs[job.ID]; j != nil && job.Token != "" && j.Token == job.Token {
		return j
	}
	return nil
}

// Extend makes a lease last from now; see [WorkQueue].
func (q *MemoryQueue) Extend(_ context.Context, job *Job, lease time.Duration) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	j := q.held(job)
	if j == nil {
		return ErrClaimLost
	}
	q.postpone(j, lease)
	return nil
}

func (q *MemoryQueue) postpone(j *memoryJob, d time.Duration) {
	j.due = time.Now().Add(d)
	heap.Fix(&q.due, j.index)
	q.changed()
}

// Complete removes a message; see [WorkQueue].
func (q *MemoryQueue) Complete(_ context.Context, job *Job) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if j := q.jobs[job.ID]; j != nil {
		q.remove(j)
	}
	return nil
}

func (q *MemoryQueue) remove(j *memoryJob) {
	delete(q.jobs, j.ID)
	heap.Remove(&q.due, j.index)
}

// Retry makes a message due after a pause; see [WorkQueue].
func (q *MemoryQueue) Retry(_ context.Context, job *Job, after time.Duration) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	j := q.held(job)
	if j == nil {
		return ErrClaimLost
	}
	j.Attempt, j.Token = job.Attempt, ""
	q.postpone(j, after)
	return nil
}

// Bury makes a message a dead letter; see [WorkQueue].
func (q *MemoryQueue) Bury(_ context.Context, job *Job, reason string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	j := q.held(job)
	if j == nil {
		return ErrClaimLost
	}
	q.remove(j)
	now := time.Now().UTC()
	letter := DeadLetter{
		ID: fmt.Sprintf("%020d-%s", now.UnixNano(), j.ID), Message: j.Message, Attempts: job.Attempt, Reason: reason, Buried: now,
	}
	at, _ := q.letter(letter.ID)
	q.dead = slices.Insert(q.dead, at, letter)
	return nil
}

// letter returns where the dead letter with an id is, or would be.
func (q *MemoryQueue) letter(id string) (at int, ok bool) {
	return slices.BinarySearchFunc(q.dead, id, func(d DeadLetter, id string) int { return strings.Compare(d.ID, id) })
}

// Dead lists dead letters; see [WorkQueue].
func (q *MemoryQueue) Dead(_ context.Context, after string, most int) ([]DeadLetter, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	at, ok := q.letter(after)
	if ok {
		at++
	}
	return slices.Clone(q.dead[at:min(at+max(most, 0), len(q.dead))]), nil
}

// Revive makes a dead letter due; see [WorkQueue].
func (q *MemoryQueue) Revive(_ context.Context, id string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	letter, err := q.exhume(id)
	if err == nil {
		q.add(letter.Message)
	}
	return err
}

// Discard removes a dead letter; see [WorkQueue].
func (q *MemoryQueue) Discard(_ context.Context, id string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	_, err := q.exhume(id)
	return err
}

func (q *MemoryQueue) exhume(id string) (DeadLetter, error) {
	at, ok := q.letter(id)
	if !ok {
		return DeadLetter{}, ErrNoDeadLetter
	}
	letter := q.dead[at]
	q.dead = slices.Delete(q.dead, at, at+1)
	return letter, nil
}

// Len returns how many messages wait or are leased; dead letters are not among them.
func (q *MemoryQueue) Len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.jobs)
}
