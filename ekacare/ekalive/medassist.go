package ekalive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
)

// MedAssistURL is the address of conversations, to which the session's id and a slash are appended.
const MedAssistURL = "wss://matrix-ws.eka.care/ws/med-assist/session/"

const (
	maxReceived = 4 << 20 // bytes of a message of the service
	queued      = 64      // messages of the service that are not read yet
)

// WithMedAssistURL opens conversations at another address than [MedAssistURL].
func WithMedAssistURL(base string) Option { return func(o *options) { o.medAssist = base } }

// WithStreamedAudio sends audio of a conversation in the layout of the vendor's widget, which is another one than that
// of the vendor's pages.
func WithStreamedAudio() Option { return func(o *options) { o.streamedAudio = true } }

// Conversation is a connection to a session of MedAssist. It is safe for concurrent use: one goroutine reads the
// messages while others send.
type Conversation struct {
	conn    *websocket.Conn
	options options
	session ekacare.MedAssistSession
	stop    context.CancelFunc
	work    sync.WaitGroup
	turn    chan struct{} // contains a value while nobody sends
	file    chan struct{} // contains a value while no file is being sent
	queue   chan incoming // closed when nothing more can be read
	gone    chan struct{} // closed when nothing more can be read

	mu          sync.Mutex
	moved       chan struct{} // closed when something below changes
	heard       int           // messages of the service
	full        bool          // the reader waits for the caller to read
	sent        int           // messages of the caller
	unconfirmed []sentMessage
	ping        ping
	uploading   chan incoming // takes what the service says of a file that was requested
	abandoned   bool          // a file was given up while its address was awaited
	ended       bool          // by the caller
	failure     error         // the first one
}

type sentMessage struct {
	number int
	id     string
}

// OpenMedAssist opens the conversation of a session that [ekacare.MedAssistService.CreateSession] has returned, and
// waits until the service has accepted its token. The context bounds the opening alone: end the conversation with
// [Conversation.Close], after which no goroutine is left.
//
// A connection that cannot be opened is an [*OpenError]. It matches [ErrSessionExpired], [caremux.ErrNotFound] or
// [caremux.ErrUnauthorized] if the service says so.
func OpenMedAssist(ctx context.Context, session *ekacare.MedAssistSession, opts ...Option) (*Conversation, error) {
	o := newOptions(opts)
	address, err := conversationAddress(o.medAssist, session)
	if err != nil {
		return nil, err
	}
	patience, cancel := context.WithTimeout(ctx, o.patience)
	defer cancel()
	conn, err := dial(patience, address, o)
	if err != nil {
		return nil, err
	}
	conn.SetReadLimit(maxReceived)
	c := &Conversation{conn: conn, options: o, session: *session, turn: make(chan struct{}, 1),
		file: make(chan struct{}, 1), queue: make(chan incoming, queued), gone: make(chan struct{}),
		moved: make(chan struct{})}
	if err := c.authenticate(patience); err != nil {
		_ = conn.CloseNow()
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return nil, &OpenError{Code: closeCode(err), Err: err}
	}
	lifetime, stop := context.WithCancel(context.WithoutCancel(ctx))
	c.stop = stop
	c.turn <- struct{}{}
	c.file <- struct{}{}
	c.work.Go(func() { c.read(lifetime) })
	c.work.Go(func() { c.keep(lifetime) })
	return c, nil
}

func conversationAddress(base string, session *ekacare.MedAssistSession) (string, error) {
	switch {
	case session == nil:
		return "", &caremux.ArgumentError{Field: "session", Rule: "is required"}
	case strings.Trim(session.SessionID, ".") == "":
		return "", &caremux.ArgumentError{Field: "session.SessionID", Rule: "is required"}
	case session.SessionToken == "":
		return "", &caremux.ArgumentError{Field: "session.SessionToken", Rule: "is required"}
	case !safeAddress(base):
		return "", &caremux.ArgumentError{Field: "WithMedAssistURL", Rule: "must be a wss URL"}
	}
	return strings.TrimRight(base, "/") + "/" + url.PathEscape(session.SessionID) + "/", nil
}

// authenticate sends the token and takes the first message of the service.
func (c *Conversation) authenticate(ctx context.Context) error {
	data := map[string]string{"token": c.session.SessionToken}
	message, err := encode(outgoing{Event: "auth", ID: newID(), Time: now(), Data: data})
	if err != nil {
		return err
	}
	if err := c.conn.Write(ctx, websocket.MessageText, message); err != nil {
		return err
	}
	_, raw, err := c.conn.Read(ctx)
	if err != nil {
		return err
	}
	first := parseMessage(raw)
	if first.message != nil {
		c.queue <- first // a service that has accepted without saying so
	}
	return first.err
}

// ResumeMedAssist opens another connection to a session, as after a [*ConversationError] or in another process that has
// kept [Conversation.Session]. If the session's token has expired, it is refreshed with the client.
//
// Nothing is retried: the caller decides about [ConversationError].Unconfirmed. Messages that the service sent
// meanwhile arrive if the service resends them, which its pages do not promise. A session that is gone matches
// [caremux.ErrNotFound].
func ResumeMedAssist(
	ctx context.Context, client *ekacare.Client, session *ekacare.MedAssistSession, opts ...Option,
) (*Conversation, error) {
	if client == nil {
		return nil, &caremux.ArgumentError{Field: "client", Rule: "is required"}
	}
	if _, err := conversationAddress(newOptions(opts).medAssist, session); err != nil {
		return nil, err
	}
	status, err := client.MedAssist.GetSession(ctx, session.SessionID)
	if err != nil {
		return nil, err
	}
	expired := !status.ExpiresAt.IsZero() && status.ExpiresAt.Before(time.Now())
	if !expired {
		c, err := OpenMedAssist(ctx, session, opts...)
		if !errors.Is(err, ErrSessionExpired) {
			return c, err
		}
	}
	fresh, err := client.MedAssist.RefreshSession(ctx, session.SessionID,
		&ekacare.MedAssistRefreshSessionParams{XSessToken: session.SessionToken})
	if err != nil {
		return nil, err
	}
	again := &ekacare.MedAssistSession{SessionID: session.SessionID, SessionToken: fresh.Token}
	return OpenMedAssist(ctx, again, opts...)
}

// Session returns the session with the token that was used last, to resume it with. It contains a secret.
func (c *Conversation) Session() *ekacare.MedAssistSession {
	session := c.session
	return &session
}

// Format prints no token, whatever the verb.
func (c *Conversation) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redactedConversation) }

// LogValue has no token.
func (c *Conversation) LogValue() slog.Value { return slog.StringValue(redactedConversation) }

const redactedConversation = "ekalive.Conversation [redacted]"

// Messages returns what the service sends, as it arrives, until the context ends, the connection ends or the caller
// stops. Each call goes on where the one before stopped.
//
// The last value is an error: a [*MedAssistError] or [ErrMalformed], after which the next call of Messages goes on; a
// [*ConversationError]; [ErrClosed]; or what ended the context.
//
// Read the messages: when 64 have not been read, the service has to wait.
func (c *Conversation) Messages(ctx context.Context) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		for {
			message, err := c.next(ctx)
			if !yield(message, err) || err != nil {
				return
			}
		}
	}
}

// Reply returns the messages up to where it is the user's turn: the end of a reply, or choices. It is as
// [Conversation.Messages] otherwise. The end of the pieces that comes late, behind choices, is left out.
//
// A [*Text] does not end a reply: what follows it belongs to it until the service ends the reply. Stop there if nothing
// more is awaited.
func (c *Conversation) Reply(ctx context.Context) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		begun := false
		for message, err := range c.Messages(ctx) {
			_, end := message.(*EndOfReply)
			if end && !begun {
				continue
			}
			begun = true
			_, asks := message.(*Choices)
			if !yield(message, err) || end || asks {
				return
			}
		}
	}
}

func (c *Conversation) next(ctx context.Context) (Message, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	c.mu.Lock()
	ended := c.ended
	c.mu.Unlock()
	if ended {
		return nil, ErrClosed
	}
	select {
	case in, ok := <-c.queue:
		if !ok {
			return nil, c.broken()
		}
		return in.message, in.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// Close ends the conversation, not the session, and returns when nothing of it is left. Messages that were not read are
// dropped.
func (c *Conversation) Close() error {
	c.change(func() { c.ended = true })
	c.stop()
	err := c.conn.CloseNow()
	c.work.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
