package cliniktest

import (
	"sync"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/internal/fake"
	"github.com/caremux/caremux/internal/specserver"
)

// Server is a ClinikAPI in memory. It is safe for concurrent use.
type Server struct {
	URL string // the address, for caremux.WithBaseURL

	key   string
	model *model
	core  *fake.Server
	hooks fake.Hooks
	acts  map[string]act // by operation id

	// mu guards everything below; a handler holds it while it works.
	mu       sync.Mutex
	acted    int // requests
	clock    fake.Clock
	ledger   []Write
	ids      map[string]int // the last number by prefix
	problems []error

	flat map[string]*collection // by namespace
	raw  map[string]*collection // by FHIR type
	// versions are those of each resource of the raw routes, the oldest first, by type and id.
	versions map[string][]version
	lag      int
	pending  []change
	jobs     map[string]*job

	bulkStarts  []time.Time // of the bulk jobs of the last hour
	window      time.Time   // end of the rate-limit window
	rolling     specserver.Window
	limits      bool // the figures are kept
	limit       int
	remaining   int
	limited     int // calls to refuse as RATE_LIMITED
	retryAfter  time.Duration
	used        int    // calls that count against the quota
	quotaCode   string // not "" while the quota is used up
	revoked     bool
	fhirShape   map[string]bool // by operation id
	outcomeRows map[string]bool // by operation id
	jobPolls    int
	jobsFail    bool
}

// Option changes how a server is made.
type Option func(*Server)

// WithKey sets the key that the server knows. With a key for live data the server does not play a sandbox.
func WithKey(key string) Option {
	return func(s *Server) { s.key = key }
}

// WithLag is [Server.SetLag] from the start.
func WithLag(requests int) Option {
	return func(s *Server) { s.lag = max(0, requests) }
}

// NewServer starts a server on the loopback interface and closes it when the test ends.
func NewServer(t testing.TB, opts ...Option) *Server {
	t.Helper()
	s, err := Start(opts...)
	if err != nil {
		t.Fatal(err)
	}
	s.core.T = t
	t.Cleanup(s.Close)
	return s
}

// Start starts a server on the loopback interface for a program. Close it.
func Start(opts ...Option) (*Server, error) {
	m, err := loadModel()
	if err != nil {
		return nil, err
	}
	s := &Server{
		key:         "clk_test_cliniktest",
		model:       m,
		core:        fake.NewServer("cliniktest", m.spec),
		acts:        map[string]act{},
		ids:         map[string]int{},
		flat:        map[string]*collection{},
		raw:         map[string]*collection{},
		versions:    map[string][]version{},
		jobs:        map[string]*job{},
		limit:       1000,
		remaining:   1000,
		fhirShape:   map[string]bool{},
		outcomeRows: map[string]bool{},
		jobPolls:    2,
	}
	for _, opt := range opts {
		opt(s)
	}
	s.handleRecords()
	s.handleFHIR()
	s.handleBulk()
	for _, op := range m.spec.Operations() {
		s.core.Handle(op.ID, func(c *specserver.Call) specserver.Reply { return s.serve(c, nil) })
	}
	s.core.Invalid(s.serve)
	s.URL = s.core.Listen(s.core)
	return s, nil
}

// Close stops the server and drops the calls in progress.
func (s *Server) Close() { s.core.Close() }

// Key returns the key that a client must send. Unless [WithKey] says otherwise it is one for test data.
func (s *Server) Key() string { return s.key }

// Client returns a client of the server. Options that cannot be obeyed end the test; on a server of [Start] they panic, so
// programs use [Server.NewClient].
func (s *Server) Client(opts ...caremux.Option) *clinik.Client {
	s.core.T.Helper()
	c, err := s.NewClient(opts...)
	return fake.Client(s.core, c, err)
}

// NewClient returns a client of the server.
func (s *Server) NewClient(opts ...caremux.Option) (*clinik.Client, error) {
	return clinik.New(s.key, append([]caremux.Option{caremux.WithBaseURL(s.URL)}, opts...)...)
}
