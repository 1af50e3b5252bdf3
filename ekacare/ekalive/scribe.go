package ekalive

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
)

// Limits of a stream.
const (
	// SampleRate is that of the audio: 16 bit little-endian PCM, mono.
	SampleRate = 16000
	// Window is how many bytes of audio may be on their way without being confirmed: 32 seconds.
	Window = 1 << 20

	maxFrame   = 32 << 10         // of audio in one message: a second
	maxMessage = 64 << 10         // of the service, which is ignored
	stopWait   = 10 * time.Second // for the service to close the stream after stop
)

// Option changes how a stream or a conversation works.
type Option func(*options)

type options struct {
	client   *http.Client
	envelope bool
	streamID string
	ping     time.Duration
	patience time.Duration

	medAssist     string
	streamedAudio bool
}

func newOptions(opts []Option) options {
	o := options{ping: 5 * time.Second, patience: 15 * time.Second, medAssist: MedAssistURL}
	for _, opt := range opts {
		opt(&o)
	}
	return o
}

// WithHTTPClient opens the connection with hc.
func WithHTTPClient(hc *http.Client) Option { return func(o *options) { o.client = hc } }

// WithEnvelope sends audio as JSON messages of a media stream (start, media, stop) in place of binary frames. streamID
// is the id of the stream in the first message, left out if empty.
func WithEnvelope(streamID string) Option {
	return func(o *options) { o.envelope, o.streamID = true, streamID }
}

// WithPing sets how often the service is pinged (default 5 s), and how long its response may take (default 15 s). A
// service that takes longer is gone: the stream breaks. Values that are not positive mean the default.
func WithPing(every, patience time.Duration) Option {
	return func(o *options) {
		if every > 0 {
			o.ping = every
		}
		if patience > 0 {
			o.patience = patience
		}
	}
}

// ScribeStream is the audio of a scribe session on its way. It is safe for concurrent use; audio of several goroutines
// is sent in the order of their calls.
type ScribeStream struct {
	recording *ekacare.ScribeRecording
	conn      *websocket.Conn
	options   options
	stop      context.CancelFunc
	work      sync.WaitGroup
	turn      chan struct{} // contains a value while nobody writes
	ask       chan struct{} // requests a ping now
	gone      chan struct{} // closed when nothing more can be read

	mu                 sync.Mutex
	written, confirmed int64
	moved              chan struct{} // closed when something above or below changes
	started, stopped   bool
	stopRead           bool  // the service has read the stop
	ended              bool  // by the caller
	failure            error // the first one
}

// OpenScribe opens the stream of a recording of upload type stream. The context bounds the opening alone: end the
// stream with [ScribeStream.End] or [ScribeStream.Close], after which no goroutine is left.
//
// An address that is neither wss nor of this machine is a [*caremux.ArgumentError]; a connection that cannot be opened
// is an [*OpenError].
func OpenScribe(ctx context.Context, recording *ekacare.ScribeRecording, opts ...Option) (*ScribeStream, error) {
	if recording == nil {
		return nil, &caremux.ArgumentError{Field: "recording", Rule: "is required"}
	}
	s, err := open(ctx, recording.UploadURL(), opts)
	if err != nil {
		return nil, err
	}
	s.recording = recording
	return s, nil
}

func open(ctx context.Context, address string, opts []Option) (*ScribeStream, error) {
	if !safeAddress(address) {
		return nil, &caremux.ArgumentError{Field: "upload_url", Rule: "must be a wss URL"}
	}
	o := newOptions(opts)
	conn, err := dial(ctx, address, o)
	if err != nil {
		return nil, err
	}
	conn.SetReadLimit(maxMessage)
	lifetime, stop := context.WithCancel(context.WithoutCancel(ctx))
	s := &ScribeStream{conn: conn, options: o, stop: stop, turn: make(chan struct{}, 1),
		ask: make(chan struct{}, 1), gone: make(chan struct{}), moved: make(chan struct{})}
	s.turn <- struct{}{}
	s.work.Go(func() { s.read(lifetime) })
	s.work.Go(func() { s.confirm(lifetime) })
	return s, nil
}

// safeAddress reports whether audio of patients may be sent to an address.
func safeAddress(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return false
	}
	return u.Scheme == "wss" || u.Scheme == "ws" && loopback(u)
}

// loopback reports whether a URL is of this machine.
func loopback(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// dial opens a connection. One that cannot be opened is an [*OpenError].
func dial(ctx context.Context, address string, o options) (*websocket.Conn, error) {
	conn, resp, err := websocket.Dial(ctx, address, &websocket.DialOptions{HTTPClient: o.client})
	if err != nil {
		failed := &OpenError{Err: bare(err)}
		if resp != nil {
			failed.Status = resp.StatusCode
		}
		return nil, failed
	}
	return conn, nil
}

// read takes what the service sends, so that pongs and the close frame are seen, until the connection ends.
func (s *ScribeStream) read(ctx context.Context) {
	defer close(s.gone)
	for {
		_, message, err := s.conn.Reader(ctx)
		if err == nil {
			_, err = io.Copy(io.Discard, message)
		}
		if err != nil {
			s.fail(err)
			return
		}
	}
}

// confirm sends pings. The service responds to one after it has read all that was written before.
func (s *ScribeStream) confirm(ctx context.Context) {
	timer := time.NewTimer(s.options.ping)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.ask:
		case <-timer.C:
		}
		s.mu.Lock()
		mark, stopped := s.written, s.stopped
		s.mu.Unlock()
		patience, cancel := context.WithTimeout(ctx, s.options.patience)
		err := s.conn.Ping(patience)
		if err != nil {
			if patience.Err() == nil {
				s.readOut()
			}
			cancel()
			s.fail(err)
			return
		}
		cancel()
		s.change(func() { s.confirmed, s.stopRead = max(s.confirmed, mark), stopped }) // End may know of more
		timer.Reset(s.options.ping)
	}
}

// change changes the state and wakes all that wait for it.
func (s *ScribeStream) change(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
	close(s.moved)
	s.moved = make(chan struct{})
}

// fail ends the stream; the first failure counts.
func (s *ScribeStream) fail(err error) {
	s.change(func() {
		if s.failure == nil {
			s.failure = err
		}
	})
	s.stop()
	_ = s.conn.CloseNow()
}

// readOut lets the reader say first what happened to the connection: it knows the close frame of the service.
func (s *ScribeStream) readOut() {
	limit := time.NewTimer(time.Second)
	defer limit.Stop()
	select {
	case <-s.gone:
	case <-limit.C:
		_ = s.conn.CloseNow()
		<-s.gone
	}
}

// Written returns how many bytes of audio were handed to the connection.
func (s *ScribeStream) Written() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.written
}

// Confirmed returns how many bytes of audio, from the first one, the service has confirmed.
func (s *ScribeStream) Confirmed() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.confirmed
}

// broken is the error of the stream: nil while it works.
func (s *ScribeStream) broken() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.failure != nil && !s.ended:
		return &StreamError{Written: s.written, Confirmed: s.confirmed, Code: closeCode(s.failure), Err: s.failure}
	case s.ended || s.stopped:
		return ErrClosed
	}
	return nil
}

// take waits until the caller alone may write.
func (s *ScribeStream) take(ctx context.Context) error {
	if err := s.broken(); err != nil {
		return err
	}
	select {
	case <-s.turn:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if err := s.broken(); err != nil {
		s.turn <- struct{}{}
		return err
	}
	return nil
}

// Close drops the stream where it is, and returns when nothing of it is left. It does nothing after
// [ScribeStream.End].
func (s *ScribeStream) Close() error {
	s.change(func() { s.ended = true })
	s.stop()
	err := s.conn.CloseNow()
	s.work.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
