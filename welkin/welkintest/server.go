package welkintest

import (
	"sync"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/fake"
	"github.com/caremux/caremux/welkin"
)

// Server is a Welkin in memory. It is safe for concurrent use.
type Server struct {
	URL string // the address, for caremux.WithBaseURL

	credentials welkin.Credentials
	core        *fake.Server
	hooks       fake.Hooks
	clientID    string // of the API client, the author of all changes

	// mu guards everything below; a handler holds it while it works.
	mu       sync.Mutex
	clock    fake.Clock // of records; tokens live by the real time
	ledger   []Write
	ids      int
	disabled bool
	lifetime time.Duration
	logins   int
	tokens   map[string]time.Time // expiry by token

	loginTimes []time.Time // of the last minutes
	loginsFrom time.Time   // no login is let in before

	patients, cdts, workHours, users, encounters, tasks, messages, documents table
	profiles, contacts, communications, carePlans, goals                     table
	events                                                                   calendar
	files                                                                    map[string]storedFile
}

// Option changes how a server is made.
type Option func(*Server)

// WithCredentials sets the tenant, the instance and the API client that the server knows.
func WithCredentials(c welkin.Credentials) Option {
	return func(s *Server) { s.credentials = c }
}

var loadSpec = fake.Spec("welkin")

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
		credentials: welkin.Credentials{Tenant: "gh", Instance: "sb-demo", ClientName: "WELKINTEST", Secret: `+}{s3cret;%#&?"`},
		core:        fake.NewServer("welkintest", spec),
		lifetime:    time.Hour,
		tokens:      map[string]time.Time{},
		files:       map[string]storedFile{},
	}
	for _, opt := range opts {
		opt(s)
	}
	s.clientID = s.newID()
	s.core.Invalid(invalid)
	s.core.Before(s.authenticate)
	s.core.Spare(loginID)
	s.handleLogin()
	s.handlePatients()
	s.handleCDTs()
	s.handleEvents()
	s.handleWorkHours()
	s.handleSchedules()
	s.handleUsers()
	s.handleEncounters()
	s.handleTasks()
	s.handleChats()
	s.handleDocuments()
	s.handleCarePlans()
	s.handleProfiles()
	s.handleContacts()
	s.handleCommunications()
	s.URL = s.core.Listen(s.core)
	return s, nil
}

// Close stops the server and drops the calls in progress.
func (s *Server) Close() { s.core.Close() }

// Credentials returns what a client must log in with.
func (s *Server) Credentials() welkin.Credentials { return s.credentials }

// Client returns a client of the server. Options that cannot be applied end the test; on a server of [Start] they panic,
// so programs use [Server.NewClient].
func (s *Server) Client(opts ...caremux.Option) *welkin.Client {
	s.core.T.Helper()
	c, err := s.NewClient(opts...)
	return fake.Client(s.core, c, err)
}

// NewClient returns a client of the server.
func (s *Server) NewClient(opts ...caremux.Option) (*welkin.Client, error) {
	return welkin.New(s.credentials, append([]caremux.Option{caremux.WithBaseURL(s.URL)}, opts...)...)
}
