package webhook

import (
	"context"
	"net/http"
	"time"
)

// Queue takes the events that a handler has verified, so that the vendor has its response within milliseconds and the functions run
// later; see [WithQueue]. For Kafka, SQS, River or any other queue of yours it is all that you implement, and its consumer calls
// [Handler.Process].
type Queue interface {
	// Enqueue stores the messages before it returns, all of them or none that it knows of: on an error the vendor retries
	// the delivery. What survives a crash is what the queue makes of "stores".
	Enqueue(ctx context.Context, messages ...Message) error
}

// Message is one event on its way through a queue: verified, described, and found to decode. It prints and logs as its [Event] does.
// As JSON it has what [Handler.Process] needs, and nothing else that must be kept. It contains what the vendor sent, so patients'
// data are wherever the queue stores it.
type Message struct {
	Event
	Scope    string      `json:"scope,omitempty"` // of [WithScope]
	Received time.Time   `json:"received"`        // when the handler had it, in UTC
	Body     []byte      `json:"body"`            // the event as received
	Header   http.Header `json:"header,omitempty"`
}

// WorkQueue is a [Queue] that workers of this package take messages from; see [Handler.Work]. A message is leased to
// one worker at a time, is due once more when the lease ends, and becomes a dead letter when it is buried.
// [MemoryQueue] is one for tests, the module redisstore has one in Redis, and package queuetest checks those of your
// own. Its methods must be safe for concurrent use.
type WorkQueue interface {
	Queue

	// Take waits for a message that is due and leases it, so that no other worker gets it before the lease ends. It returns the
	// context's error when that ends first.
	Take(ctx context.Context, lease time.Duration) (*Job, error)

	// Extend makes the lease last from now. It returns [ErrClaimLost] if the lease has ended and the message was taken
	// once more, settled, or dropped.
	Extend(ctx context.Context, j *Job, lease time.Duration) error

	// Complete removes a message that is done with, also after the lease has ended.
	Complete(ctx context.Context, j *Job) error

	// Retry makes the message due after the duration after, and keeps the count of j.Attempt attempts. It returns
	// [ErrClaimLost] as Extend does.
	Retry(ctx context.Context, j *Job, after time.Duration) error

	// Bury makes the message a dead letter. It returns [ErrClaimLost] as Extend does.
	Bury(ctx context.Context, j *Job, reason string) error

	// Dead lists at most max dead letters, in the order in which they were buried, starting behind the one with the id
	// after, or at the first if after is empty.
	Dead(ctx context.Context, after string, max int) ([]DeadLetter, error)

	// Revive makes a dead letter due and resets its count of attempts. It returns [ErrNoDeadLetter] if there is none
	// with this id.
	Revive(ctx context.Context, id string) error

	// Discard removes a dead letter. It returns [ErrNoDeadLetter] if there is none with this id.
	Discard(ctx context.Context, id string) error
}

// Job is a message that is leased to a worker.
type Job struct {
	ID      string // of the message, for as long as the queue has it
	Message Message
	Attempt int    // how often it was taken, this time included
	Token   string // names this lease
}

// DeadLetter is a message that no worker could process.
type DeadLetter struct {
	ID       string
	Message  Message
	Attempts int
	Reason   string    // the text of the last error; of a panic, the type of its value
	Buried   time.Time // in UTC
}
