// Command kafka receives webhooks into a Kafka topic, and runs their functions from there.
//
//	go -C examples/kafka run .
//
// It shows what a queue of your own takes: Enqueue to store messages, and a consumer that calls Process. SQS, River or a table with
// an outbox look alike. The broker is a fake in this process; KAFKA_BROKERS names others. The vendor is this program, too: it sends
// itself signed events. It is a module of its own, so that franz-go stays out of the go.mod of who only uses the clients.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/webhook"
)

const topic = "webhooks.ekacare"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, os.Getenv("KAFKA_BROKERS")); err != nil {
		fmt.Fprintln(os.Stderr, "kafka:", err)
		os.Exit(1)
	}
}

// topicQueue is a webhook.Queue: it stores messages in a topic.
type topicQueue struct{ client *kgo.Client }

// Enqueue returns when the broker has all messages. Those of one event have one key, so that they are in one partition.
func (q topicQueue) Enqueue(ctx context.Context, messages ...webhook.Message) error {
	var records []*kgo.Record
	for _, m := range messages {
		value, err := json.Marshal(m)
		if err != nil {
			return err
		}
		records = append(records, &kgo.Record{Topic: topic, Key: []byte(m.Key), Value: value})
	}
	return q.client.ProduceSync(ctx, records...).FirstErr()
}

// consume runs the functions of messages until ctx ends. A partition waits for a message whose function fails: what must not wait goes
// to a topic of dead letters instead, as what cannot be read does here.
func consume(ctx context.Context, client *kgo.Client, h *webhook.Handler, bury func(*kgo.Record, error)) error {
	for {
		fetches := client.PollRecords(ctx, 100)
		if ctx.Err() != nil {
			return nil
		}
		if err := fetches.Err(); err != nil {
			return err
		}
		for _, r := range fetches.Records() {
			if err := process(ctx, r, h, bury); err != nil {
				return nil // ctx has ended; the record was not committed, and comes again
			}
			if err := client.CommitRecords(ctx, r); err != nil && ctx.Err() == nil {
				return err
			}
		}
	}
}

func process(ctx context.Context, r *kgo.Record, h *webhook.Handler, bury func(*kgo.Record, error)) error {
	var m webhook.Message
	if err := json.Unmarshal(r.Value, &m); err != nil {
		bury(r, err)
		return nil
	}
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, time.Minute) {
		report := h.Process(ctx, m)
		switch {
		case report.Failure() == nil:
			return nil
		case report.Outcome == webhook.OutcomeUndecodable:
			bury(r, report.Failure())
			return nil
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
	}
}

func run(ctx context.Context, out io.Writer, brokers string) error {
	if brokers == "" {
		fake, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, topic))
		if err != nil {
			return err
		}
		defer fake.Close()
		brokers = strings.Join(fake.ListenAddrs(), ",")
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(brokers, ",")...), kgo.ConsumerGroup("caremux"), kgo.ConsumeTopics(topic),
		kgo.DisableAutoCommit(), kgo.RequiredAcks(kgo.AllISRAcks()))
	if err != nil {
		return err
	}
	defer client.CloseAllowingRebalance()

	verifier, err := ekacare.WebhookVerifier([]string{"a secret of the webhook"})
	if err != nil {
		return err
	}
	h, err := webhook.NewHandler(verifier, ekacare.WebhookFormat(), webhook.WithQueue(topicQueue{client}),
		webhook.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		return err
	}
	ctx, done := context.WithCancel(ctx)
	defer done()
	tries := 0
	webhook.On(h, func(_ context.Context, e webhook.Delivery[ekacare.AppointmentCreatedEvent]) error {
		if tries++; tries == 1 {
			fmt.Fprintln(out, "the database is away")
			return errors.New("the database is away")
		}
		fmt.Fprintln(out, "appointment", e.Payload.Data.AppointmentID, "in attempt", tries)
		return nil
	}, ekacare.EventAppointmentCreated)
	webhook.On(h, func(context.Context, webhook.Delivery[ekacare.AppointmentUpdatedEvent]) error {
		fmt.Fprintln(out, "the last event")
		done()
		return nil
	}, ekacare.EventAppointmentUpdated)

	for _, body := range []string{
		`{"event":"appointment.created","event_time":1749544696,"transaction_id":"t-1","data":{"appointment_id":"a-1"}}`,
		`{"event":"appointment.created","event_time":1749544696,"transaction_id":"t-1","data":{"appointment_id":"a-1"}}`, // once more
		`{"event":"appointment.updated","event_time":1749544697,"transaction_id":"t-2","data":{"appointment_id":"a-1"}}`,
	} {
		report := h.Receive(ctx, verifier.Sign([]byte(body), time.Now()), []byte(body))
		fmt.Fprintln(out, "the vendor has", report.Status, report.Outcome)
	}
	return consume(ctx, client, h, func(r *kgo.Record, err error) {
		fmt.Fprintln(out, "a dead letter at offset", r.Offset, err)
	})
}
