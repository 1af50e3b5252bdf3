package bench

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/welkin"
)

// record is one patient as the vendor sends it.
const record = `{"id":"5f1c7f0e-95a1-4c65-9d0a-3f0b6d6c%07d","externalGuid":"c0ffee00-1111-4222-8333-444455556666","externalId":"EXT-%07d","mrn":"MRN-77812",` +
	`"createdAt":"2024-05-06T07:08:09.123Z","updatedAt":"2025-06-07T08:09:10.456Z","createdBy":"0b6d6c11-95a1-4c65-9d0a-5f1c7f0e0001",` +
	`"updatedBy":"0b6d6c11-95a1-4c65-9d0a-5f1c7f0e0002","createdByName":"Care Coordinator","updatedByName":"Care Coordinator",` +
	`"firstName":"Charlie","lastName":"Taylor","middleName":null,"birthDate":"1981-04-05","gender":"female","email":"charlie.%07d@example.com",` +
	`"phone":"+15550100200","country":"US","state":"CA","city":"Los Angeles","zip":"90001","addressLine1":"1 Example Street","addressLine2":"",` +
	`"timezone":"America/Los_Angeles","patientTerritories":[{"id":"aa6d6c11-95a1-4c65-9d0a-5f1c7f0e0003","territoryName":"west"}],` +
	`"careTeam":[{"id":"bb6d6c11-95a1-4c65-9d0a-5f1c7f0e0004","firstName":"Ada","lastName":"Byron"}],` +
	`"patientPrograms":[{"id":"cc6d6c11-95a1-4c65-9d0a-5f1c7f0e0005","programName":"diabetes"}],"score":4,"tags":["a","b"]}`

// login is the answer to a login: a JWT that expires in the year 2100.
var login = `{"token":"` + strings.Join([]string{encode(`{"alg":"none"}`), encode(`{"exp":4102444800}`), encode("x")}, ".") + `"}`

func encode(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func patient(i int) string { n := i % 10_000_000; return fmt.Sprintf(record, n, n, n) }

func pageBody(number, size, pages int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"content":[`)
	for i := range size {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(patient(number*size + i))
	}
	fmt.Fprintf(&b,
		`],"pageable":{"pageNumber":%d,"pageSize":%d},"totalElements":%d,"totalPages":%d,"last":%t,"first":%t,"numberOfElements":%d,"number":%d,"size":%d}`,
		number, size, pages*size, pages, number == pages-1, number == 0, size, number, size)
	return b.Bytes()
}

// server answers like Welkin's API, with bodies made beforehand.
type server struct {
	*httptest.Server
	pages   [][]byte
	latency time.Duration
}

func newServer(b *testing.B, pages int, latency time.Duration) *server {
	b.Helper()
	s := &server{latency: latency}
	for i := range pages {
		s.pages = append(s.pages, pageBody(i, 100, pages))
	}
	one := []byte(patient(1))
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case strings.HasSuffix(r.URL.Path, "/api_clients/c"):
			_, _ = io.WriteString(w, login)
		case r.Method == http.MethodPost:
			_, _ = io.Copy(io.Discard, r.Body)
			_, _ = w.Write(one)
		case strings.HasSuffix(r.URL.Path, "/patients"):
			time.Sleep(s.latency)
			n, _ := strconv.Atoi(r.URL.Query().Get("page"))
			_, _ = w.Write(s.pages[n])
		default:
			_, _ = w.Write(one)
		}
	}))
	b.Cleanup(s.Close)
	return s
}

// client is caremux's side.
func (s *server) client(b *testing.B, opts ...caremux.Option) *welkin.Client {
	b.Helper()
	transport := caremux.NewTransport()
	b.Cleanup(transport.CloseIdleConnections)
	c, err := welkin.New(welkin.Credentials{Tenant: "gh", Instance: "sb", ClientName: "c", Secret: "s"},
		append([]caremux.Option{
			caremux.WithBaseURL(s.URL), caremux.WithTransport(transport), caremux.WithTokenSource(caremux.StaticToken("t")),
		}, opts...)...)
	if err != nil {
		b.Fatal(err)
	}
	return c
}

// plain is the other side: what a careful engineer writes by hand around net/http and encoding/json. It decodes into the same
// models, so that the difference is the library alone.
type plain struct {
	base string
	http *http.Client
}

func (s *server) plain(b *testing.B) *plain {
	b.Helper()
	transport := caremux.NewTransport()
	b.Cleanup(transport.CloseIdleConnections)
	return &plain{s.URL, &http.Client{Transport: transport}}
}

func (p *plain) do(ctx context.Context, method, path string, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, p.base+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer t")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "plain")
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := p.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		return fmt.Errorf("status %d", resp.StatusCode)
	}
	return json.Unmarshal(data, out)
}

type plainPage struct {
	Content []welkin.Patient `json:"content"`
	Last    bool             `json:"last"`
	Total   int64            `json:"totalElements"`
}

func (p *plain) page(ctx context.Context, number int) (*plainPage, error) {
	var page plainPage
	err := p.do(ctx, http.MethodGet, "/gh/sb/patients?page="+strconv.Itoa(number)+"&size=100", nil, &page)
	return &page, err
}
