package snapcaretest

import (
	"sync"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/fake"
	"github.com/caremux/caremux/snapcare"
)

// Server is a SnapMD Connected Care in memory. It is safe for concurrent use.
type Server struct {
	URL string // the address, for caremux.WithBaseURL

	staff, patient snapcare.Credentials
	references     bool
	core           *fake.Server

	// mu guards everything below; a handler holds it while it works.
	mu            sync.Mutex
	ids           int
	numbers       int
	clock         fake.Clock
	ledger        []Write
	zone          *time.Location
	lifetime      time.Duration
	logins        int
	renewals      int
	sessions      map[string]*session // by token
	problems      []error             // beyond those of core
	consultations []object
	profiles      map[int]object  // by the number of the patient
	handled       map[string]bool // operations with a handler, set before the start
	people        []*person
	byID          map[string]*person // by person id in lower case
	blocks        []*block
	blockByID     map[string]*block // by id in lower case
	appointments  []*appointment
	callback      callback
	sent          []Delivery
}

// Option changes how a server is made.
type Option func(*Server)

// WithCredentials sets what the member of the staff logs in with. The patient has the same, but for the type of user and the
// e-mail address, which is that of [Server.PatientCredentials].
func WithCredentials(c snapcare.Credentials) Option {
	return func(s *Server) { s.staff = c }
}

// WithReferences adds the reference keys of Json.NET to responses: each object has an "$id", and one that occurred before in
// the same response is only a "$ref".
func WithReferences() Option {
	return func(s *Server) { s.references = true }
}

var loadSpec = fake.Spec("snapcare")

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
		staff: snapcare.Credentials{
			Host: "hospital.example.com", DeveloperID: "snapcaretest", APIKey: "0a4d55a8d778e5022fab701977c5d840bbc486d0",
			HospitalID: 126, UserType: snapcare.UserTypeClinician,
			Email: "staff@example.com", Password: `+}{s3cret;%#&?"`, DeviceID: "snapcaretest-device",
		},
		core:     fake.NewServer("snapcaretest", spec),
		numbers:  30_000,
		lifetime: time.Hour,
		sessions: map[string]*session{},
		handled:  map[string]bool{},

		byID:      map[string]*person{},
		blockByID: map[string]*block{},
	}
	if s.zone, err = time.LoadLocation("America/New_York"); err != nil {
		return nil, err
	}
	for _, opt := range opts {
		opt(s)
	}
	s.patient = s.staff
	s.patient.UserType, s.patient.Email = snapcare.UserTypeCustomer, "patient@example.com"
	s.seed()
	s.core.Invalid(invalid)
	s.core.Before(s.authenticate)
	s.core.Spare(loginID)
	s.handleSessions()
	s.handleZones()
	s.handlePeople()
	s.handleBlocks()
	s.handleAppointments()
	s.handleCharts()
	s.handleOthers()
	s.URL = s.core.Listen(s.core)
	return s, nil
}

// Close stops the server and drops the calls in progress.
func (s *Server) Close() { s.core.Close() }

// Credentials returns what a member of the staff logs in with.
func (s *Server) Credentials() snapcare.Credentials { return s.staff }

// PatientCredentials returns what the patient of [Server.Patient] logs in with.
func (s *Server) PatientCredentials() snapcare.Credentials { return s.patient }

// Client returns a client of a member of the staff. Options that cannot be applied end the test; on a server of [Start]
// they panic, so programs use [Server.NewClient].
func (s *Server) Client(opts ...caremux.Option) *snapcare.Client {
	s.core.T.Helper()
	c, err := s.NewClient(opts...)
	return fake.Client(s.core, c, err)
}

// PatientClient returns a client of the patient of [Server.Patient]. It fails as [Server.Client] does.
func (s *Server) PatientClient(opts ...caremux.Option) *snapcare.Client {
	s.core.T.Helper()
	c, err := s.NewPatientClient(opts...)
	return fake.Client(s.core, c, err)
}

// NewClient returns a client of a member of the staff.
func (s *Server) NewClient(opts ...caremux.Option) (*snapcare.Client, error) {
	return s.client(s.staff, opts)
}

// NewPatientClient returns a client of the patient of [Server.Patient].
func (s *Server) NewPatientClient(opts ...caremux.Option) (*snapcare.Client, error) {
	return s.client(s.patient, opts)
}

func (s *Server) client(credentials snapcare.Credentials, opts []caremux.Option) (*snapcare.Client, error) {
	return snapcare.New(credentials, append([]caremux.Option{caremux.WithBaseURL(s.URL)}, opts...)...)
}
