package bench

import (
	"fmt"
	"net/http"
	"runtime"
	"testing"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/welkin"
)

// BenchmarkTenants makes 10,000 clients, one for each tenant of a service, that share one transport.
func BenchmarkTenants(b *testing.B) {
	const tenants = 10_000
	var rt http.RoundTripper = caremux.NewTransport()
	credentials := make([]welkin.Credentials, tenants)
	for i := range credentials {
		credentials[i] = welkin.Credentials{Tenant: fmt.Sprintf("t%d", i), Instance: "live", ClientName: "c", Secret: "s"}
	}
	clients := make([]*welkin.Client, tenants)
	b.ReportAllocs()
	for b.Loop() {
		var before, after runtime.MemStats
		b.StopTimer()
		clear(clients)
		runtime.GC()
		runtime.ReadMemStats(&before)
		b.StartTimer()
		for i := range clients {
			c, err := welkin.New(credentials[i], caremux.WithTransport(rt))
			if err != nil {
				b.Fatal(err)
			}
			clients[i] = c
		}
		b.StopTimer()
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/tenants, "B/client")
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/tenants, "ns/client")
	runtime.KeepAlive(clients)
}
