package ekalive

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/coder/websocket"
)

// ping is the latest one.
type ping struct {
	time int64 // its timestamp, which the service sends back
	sent int   // how many messages were sent before it
}

// change changes the state and wakes all that wait for it.
func (c *Conversation) change(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
	close(c.moved)
	c.moved = make(chan struct{})
}

// read takes what the service sends until the connection ends.
func (c *Conversation) read(ctx context.Context) {
	defer close(c.gone)
	defer close(c.queue)
	malformed := false
	for {
		_, raw, err := c.conn.Read(ctx)
		// A message that the end of the connection cut off reads as one that is whole, and is not a message. So what is not
		// JSON waits for the next read to succeed.
		if err == nil && malformed {
			err = c.keepForCaller(ctx, incoming{err: ErrMalformed})
		}
		if err != nil {
			c.fail(err)
			return
		}
		in := parseMessage(raw)
		c.change(func() { c.hear(in) })
		malformed = in.err == ErrMalformed
		if malformed || in.pong || in.conn || c.takenForFile(in) {
			continue
		}
		if err := c.keepForCaller(ctx, in); err != nil {
			c.fail(err)
			return
		}
	}
}

// keepForCaller waits while the caller has too much to read.
func (c *Conversation) keepForCaller(ctx context.Context, in incoming) error {
	select {
	case c.queue <- in:
		return nil
	default:
	}
	c.change(func() { c.full = true })
	defer func() { c.change(func() { c.full = false }) }()
	select {
	case c.queue <- in:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// hear notes that the service lives, and what it has read: everything that was sent before a ping whose pong it sends.
func (c *Conversation) hear(in incoming) {
	c.heard++
	if !in.pong || in.sent != strconv.FormatInt(c.ping.time, 10) {
		return
	}
	read := 0
	for read < len(c.unconfirmed) && c.unconfirmed[read].number <= c.ping.sent {
		read++
	}
	c.unconfirmed = slices.Clone(c.unconfirmed[read:])
}

// keep sends pings, and breaks the conversation if the service falls silent.
func (c *Conversation) keep(ctx context.Context) {
	timer := time.NewTimer(c.options.ping)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		patience, cancel := context.WithTimeout(ctx, c.options.patience)
		err := c.pingOnce(patience)
		cancel()
		if err != nil {
			c.fail(err)
			return
		}
		timer.Reset(c.options.ping)
	}
}

// pingOnce sends a ping and waits for any message. A message that is being sent counts instead: that one ends with
// its own context.
func (c *Conversation) pingOnce(ctx context.Context) error {
	select {
	case <-c.turn:
	default:
		return nil
	}
	heard := 0
	var latest ping
	c.change(func() {
		c.ping = ping{max(now(), c.ping.time+1), c.sent}
		latest, heard = c.ping, c.heard
	})
	message, err := encode(outgoing{Event: "ping", ID: newID(), Time: latest.time})
	if err == nil {
		err = c.conn.Write(ctx, websocket.MessageText, message)
	}
	c.turn <- struct{}{}
	if err != nil {
		if ctx.Err() == nil {
			c.readOut()
		}
		return err
	}
	return c.await(ctx, func() bool { return c.heard > heard || c.full })
}

// await waits until something holds of the state.
func (c *Conversation) await(ctx context.Context, holds func() bool) error {
	for {
		c.mu.Lock()
		done, moved := holds(), c.moved
		c.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// fail ends the conversation; the first failure counts.
func (c *Conversation) fail(err error) {
	c.change(func() {
		if c.failure == nil {
			c.failure = err
		}
	})
	c.stop()
	_ = c.conn.CloseNow()
}

// readOut lets the reader say first what happened to the connection: it knows the close frame of the service.
func (c *Conversation) readOut() {
	limit := time.NewTimer(time.Second)
	defer limit.Stop()
	select {
	case <-c.gone:
	case <-limit.C:
	}
}

// send sends one message of the caller and returns its id.
func (c *Conversation) send(ctx context.Context, o outgoing) (id string, err error) {
	o.ID, o.Time = newID(), now()
	message, err := encode(o)
	if err != nil {
		return "", err
	}
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	if err := c.broken(); err != nil {
		return "", err
	}
	select {
	case <-c.turn:
		defer func() { c.turn <- struct{}{} }()
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
	if err := c.broken(); err != nil {
		return "", err
	}
	c.change(func() {
		c.sent++
		c.unconfirmed = append(c.unconfirmed, sentMessage{c.sent, o.ID})
	})
	if err := c.conn.Write(ctx, websocket.MessageText, message); err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		} else {
			c.readOut()
		}
		c.fail(err)
		return o.ID, c.broken()
	}
	return o.ID, nil
}
