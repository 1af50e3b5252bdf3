package ekacaretest

import (
	"sync"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/internal/fake"
	"github.com/caremux/caremux/internal/specserver"
)

// parts set up the areas of the server, each in a file of its own: they make the area's state and register its handlers with
// [Server.handle]. Operations that no part handles answer with what the document gives.
var parts = []func(*Server){
	(*Server).handleAuth,
	(*Server).handlePractice,
	(*Server).handlePatients,
	(*Server).handleDirectory,
	(*Server).handleSlots,
	(*Server).handleAppointments,
	(*Server).handlePrescriptions,
	(*Server).handleWebhooks,
	(*Server).handleRecords,
	(*Server).handleABHA,
	(*Server).handleExchange,
	(*Server).handleScribe,
	(*Server).handleAssessments,
}

// Server is an Eka Care in memory. It is safe for concurrent use.
type Server struct {
	URL string // the address, for caremux.WithBaseURL

	credentials ekacare.Credentials
	encryption  ekacare.EncryptionKey // without a key of [WithEncryption] everything is in the clear
	core        *fake.Server

	// mu guards everything below; a handler holds it while it works.
	mu        sync.Mutex
	ids       int
	now       time.Time // zero: the real time
	problems  []error   // beyond those of core
	ledger    []Write
	accounts  accounts
	practice  practice
	patients  []*patient
	visits    visits
	hooks     []*subscription
	sent      []Delivery
	filing    filing
	gateway   gateway
	exchange  exchange
	scribing  scribing
	assessing assessing
}

// Option changes how a server is made.
type Option func(*Server)

// WithCredentials sets what the client logs in with. The default is a made-up client.
func WithCredentials(c ekacare.Credentials) Option {
	return func(s *Server) { s.credentials = c }
}

var loadSpec = fake.Spec("ekacare")

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
	spec, err := loadSpec()
	if err != nil {
		return nil, err
	}
	s := &Server{
		credentials: ekacare.Credentials{
			ClientID: "EC_ekacaretest", ClientSecret: `+}{s3cret;%#&?"`, AgentID: "ekacaretest-agent", Environment: ekacare.Sandbox,
		},
		core: fake.NewServer("ekacaretest", spec),
	}
	for _, opt := range opts {
		opt(s)
	}
	s.core.Invalid(invalid)
	s.core.Before(func(c *specserver.Call) *specserver.Reply {
		if refused := s.authenticate(c); refused != nil {
			return refused
		}
		return s.gate(c)
	})
	s.core.Spare(loginID)
	for _, part := range parts {
		part(s)
	}
	s.URL = s.core.Listen(s.decrypting(besides(s.core)))
	return s, nil
}

// Close stops the server and drops the calls in progress.
func (s *Server) Close() { s.core.Close() }

// Credentials returns what the client logs in with.
func (s *Server) Credentials() ekacare.Credentials { return s.credentials }

// Client returns a client that logs in with [Server.Credentials]. Options that cannot be obeyed end the test; on a server of
// [Start] they panic, so programs use [Server.NewClient].
func (s *Server) Client(opts ...caremux.Option) *ekacare.Client {
	s.core.T.Helper()
	c, err := s.NewClient(opts...)
	return fake.Client(s.core, c, err)
}

// NewClient returns a client that logs in with [Server.Credentials].
func (s *Server) NewClient(opts ...caremux.Option) (*ekacare.Client, error) {
	return ekacare.New(s.credentials, append([]caremux.Option{caremux.WithBaseURL(s.URL)}, opts...)...)
}
