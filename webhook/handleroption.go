package webhook

import (
	"context"
	"log/slog"
	"strings"
	"time"
)

// HandlerOption changes how a [Handler] works.
type HandlerOption func(*handlerOptions) error

type handlerOptions struct {
	store   Store
	queue   Queue // nil: functions run before the response
	limit   int64
	lease   time.Duration
	timeout time.Duration
	keep    time.Duration
	scope   string
	logger  *slog.Logger
	report  func(context.Context, Report)
}

// WithStore remembers deliveries in s instead of a [MemoryStore] of the handler's own. Replicas must share a store.
func WithStore(s Store) HandlerOption {
	return setting("WithStore", "needs a store", s == nil, func(o *handlerOptions) { o.store = s })
}

// WithQueue stores each event in q, once it is verified and found to decode, and returns 200 then: the vendor waits for no
// function. They run where [Handler.Work] takes the messages from q, or where your own consumer calls [Handler.Process], with
// the same functions registered. Events for which no function is registered are acknowledged and not stored. If q fails the
// response is 503.
func WithQueue(q Queue) HandlerOption {
	return setting("WithQueue", "needs a queue", q == nil, func(o *handlerOptions) { o.queue = q })
}

// WithScope separates the deliveries of this handler from those of other handlers of the same vendor that share its
// store, such as those of another account, tenant or endpoint. Without it, an event that reaches two of them runs in
// only one, and a sender with the secret of one account could mark an event of the other as handled. All replicas use
// the same scope. It must not contain a slash.
func WithScope(name string) HandlerOption {
	return setting("WithScope", "needs a name without a slash", name == "" || strings.Contains(name, "/"), func(o *handlerOptions) {
		o.scope = name
	})
}

// WithLimit sets how many bytes a body may have, instead of [DefaultLimit]. The response to a larger one is 413.
func WithLimit(bytes int64) HandlerOption {
	return setting("WithLimit", "must be positive", bytes <= 0, func(o *handlerOptions) { o.limit = bytes })
}

// WithLease sets how long a claim lasts if this process dies, instead of [DefaultLease]; with a queue, how long a message is
// leased to a worker, too. It is extended while the function runs, so it need not be as long as the function; at least a second.
func WithLease(d time.Duration) HandlerOption {
	return setting("WithLease", "must be a second or more", d < time.Second, func(o *handlerOptions) { o.lease = d })
}

// WithTimeout sets when the context of a function ends, instead of [DefaultTimeout]. From then on its claim is no longer
// extended. If http.Server has a WriteTimeout, make that longer: once it is over the vendor gets no response, though the work
// goes on.
func WithTimeout(d time.Duration) HandlerOption {
	return setting("WithTimeout", "must be positive", d <= 0, func(o *handlerOptions) { o.timeout = d })
}

// WithKeep sets how long a handled delivery is remembered, instead of the time of the vendor's [Format] or [DefaultKeep]. It should
// be longer than the vendor retries an event, and cannot be shorter than a signature is accepted: twice the tolerance of the
// verifier.
func WithKeep(d time.Duration) HandlerOption {
	return setting("WithKeep", "must be a second or more", d < time.Second, func(o *handlerOptions) { o.keep = d })
}

// WithLogger logs to l instead of [slog.Default]: one line for each delivery, at level Debug when all is well, Warn when it was
// refused, Error when it failed. Lines contain no body, no header and no key. They do contain the text of the error that a
// function returns, so keep patients' data out of that.
func WithLogger(l *slog.Logger) HandlerOption {
	return setting("WithLogger", "needs a logger; slog.New(slog.DiscardHandler) keeps silent", l == nil, func(o *handlerOptions) {
		o.logger = l
	})
}

// WithReport calls fn once for each delivery, after its response, for metrics and error trackers; with a queue, once more for each
// time that a worker took it. fn may be called from several goroutines; if it panics, that is logged.
func WithReport(fn func(context.Context, Report)) HandlerOption {
	return setting("WithReport", "needs a function", fn == nil, func(o *handlerOptions) { o.report = fn })
}

// setting is an option that must not be wrong.
func setting(field, rule string, wrong bool, set func(*handlerOptions)) HandlerOption {
	return func(o *handlerOptions) error {
		if wrong {
			return &ArgumentError{Field: field, Rule: rule}
		}
		set(o)
		return nil
	}
}
