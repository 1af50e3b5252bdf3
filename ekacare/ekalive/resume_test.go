package ekalive_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekalive"
	"github.com/caremux/caremux/ekacare/ekalive/ekalivetest"
	"github.com/caremux/caremux/internal/proof/faultnet"
)

// rest is the part of the REST API that sessions need. expires is when the session says that it expires.
func rest(t *testing.T, expires time.Time) (client *ekacare.Client, refreshed func() []string) {
	var mu sync.Mutex
	var tokens []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, refresh := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, "/med-assist/session/"), "/refresh")
		w.Header().Set("Content-Type", "application/json")
		body := map[string]any{"session_id": id, "expires_at": expires.UTC().Format(time.RFC3339)}
		if id == "unknown" {
			w.WriteHeader(http.StatusNotFound)
		}
		if refresh {
			mu.Lock()
			tokens = append(tokens, r.Header.Get("x-sess-token"))
			mu.Unlock()
			body["token"] = "fresh"
		}
		_ = json.NewEncoder(w).Encode(body)
	}))
	t.Cleanup(srv.Close)
	client, err := ekacare.New(ekacare.Credentials{AgentID: "agent"}, caremux.WithBaseURL(srv.URL))
	if err != nil {
		t.Fatal(err)
	}
	return client, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(tokens)
	}
}

func TestASessionIsResumedWithATokenThatIsValid(t *testing.T) {
	for name, tt := range map[string]struct {
		expires   time.Time
		expire    bool // at the service
		refreshed []string
		token     string
	}{
		"the token is valid":                 {time.Now().Add(time.Hour), false, nil, "t0ken-s-1"},
		"it has expired by its time":         {time.Now().Add(-time.Hour), false, []string{"t0ken-s-1"}, "fresh"},
		"the service says that it has ended": {time.Now().Add(time.Hour), true, []string{"t0ken-s-1"}, "fresh"},
	} {
		fake := ekalivetest.NewMedAssist(t)
		client, refreshed := rest(t, tt.expires)
		if tt.expire {
			fake.ExpireToken("t0ken-s-1")
		}
		c, err := ekalive.ResumeMedAssist(t.Context(), client, chatSession("s-1"), ekalive.WithMedAssistURL(fake.URL))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := refreshed(); !slices.Equal(got, tt.refreshed) {
			t.Errorf("%s: refreshed %q", name, got)
		}
		if got := c.Session(); got.SessionToken != tt.token || got.SessionID != "s-1" {
			t.Errorf("%s: the session has another token", name)
		}
		if _, err := c.SendText(t.Context(), ekalive.UserText{Text: "x"}); err != nil {
			t.Error(err)
		}
		if _, err := hear(t, c); err != nil {
			t.Error(err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestASessionThatIsGoneIsNotResumed(t *testing.T) {
	fake := ekalivetest.NewMedAssist(t)
	client, refreshed := rest(t, time.Now().Add(time.Hour))
	base := ekalive.WithMedAssistURL(fake.URL)
	fake.Forget("s-1")
	for _, id := range []string{"unknown", "s-1"} { // to the REST API, and to the websocket
		_, err := ekalive.ResumeMedAssist(t.Context(), client, chatSession(id), base)
		if !errors.Is(err, caremux.ErrNotFound) {
			t.Errorf("%s: %v", id, err)
		}
	}
	if len(refreshed()) != 0 || fake.Connections("s-1") != 0 {
		t.Error("refreshed for nothing")
	}
	var a *caremux.ArgumentError
	if _, err := ekalive.ResumeMedAssist(t.Context(), nil, chatSession("s-1"), base); !errors.As(err, &a) {
		t.Errorf("%v", err)
	}
	if _, err := ekalive.ResumeMedAssist(t.Context(), client, nil, base); !errors.As(err, &a) {
		t.Errorf("%v", err)
	}
}

// TestNoMessageIsLostOrDoubledWithoutBeingInDoubt has conversations over a network that breaks, each resumed until all
// is said. Every message that is not in doubt was read once, and one that is in doubt at most once.
func TestNoMessageIsLostOrDoubledWithoutBeingInDoubt(t *testing.T) {
	conversations := 200
	if testing.Short() {
		conversations = 40
	}
	fake := ekalivetest.NewMedAssist(t)
	client, _ := rest(t, time.Now().Add(time.Hour))
	ways := []faultnet.Break{faultnet.Reset, faultnet.Stall, faultnet.Close}
	var mu sync.Mutex
	broken, doubts := map[faultnet.Break]int{}, 0
	limit := make(chan struct{}, 8)
	var wg sync.WaitGroup
	for i := range conversations {
		limit <- struct{}{}
		wg.Go(func() {
			defer func() { <-limit }()
			random := rand.New(rand.NewPCG(uint64(i), 9))
			cut := faultnet.Cut{How: ways[i%3], After: int64(300 + random.IntN(3000)), Answers: i%2 == 0}
			relay := startRelay(t, fake.URL, cut, cut)
			id := fmt.Sprintf("session-%d", i)
			if i%10 == 0 {
				fake.Fail(id, ekalivetest.Fault{After: random.IntN(10), Close: 1012})
			}
			doubt := chatToTheEnd(t, fake, client, relay, id)
			relay.Close()
			mu.Lock()
			defer mu.Unlock()
			broken[cut.How] += relay.Broken(cut.How)
			doubts += doubt
		})
	}
	wg.Wait()
	t.Logf("broken: %v, messages in doubt: %d", broken, doubts)
	if len(broken) != len(ways) || doubts == 0 {
		t.Errorf("the network breaks too little: %v, %d in doubt", broken, doubts)
	}
}

// chatToTheEnd says ten things, those in doubt once more, and returns how many were in doubt.
func chatToTheEnd(
	t *testing.T, fake *ekalivetest.MedAssist, client *ekacare.Client, relay *faultnet.Relay, id string,
) (doubts int) {
	sure := map[string]bool{} // ids that are not in doubt
	doubt := map[string]bool{}
	opts := []ekalive.Option{
		ekalive.WithMedAssistURL("ws://" + relay.Addr), ekalive.WithPing(2*time.Millisecond, 300*time.Millisecond),
	}
	left := 10
	for try := 0; left > 0; try++ {
		if try == 20 {
			t.Errorf("%s: %d things are not said", id, left)
			return len(doubt)
		}
		c, err := ekalive.ResumeMedAssist(t.Context(), client, chatSession(id), opts...)
		if err != nil {
			if !errors.As(err, new(*ekalive.OpenError)) {
				t.Errorf("%s: %v", id, err)
			}
			continue
		}
		said, err := chatOn(t.Context(), c, left)
		_ = c.Close()
		var e *ekalive.ConversationError
		if err != nil && !errors.As(err, &e) {
			t.Errorf("%s: %v", id, err)
			return len(doubt)
		}
		for _, m := range said {
			if e != nil && slices.Contains(e.Unconfirmed, m) {
				doubt[m] = true
				continue
			}
			sure[m] = true
			left--
		}
	}
	read := map[string]int{}
	for _, m := range fake.Messages(id) {
		read[m.ID]++
		if !sure[m.ID] && !doubt[m.ID] {
			t.Errorf("%s: the service has read what was not sent", id)
		}
	}
	for m := range sure {
		if read[m] != 1 {
			t.Errorf("%s: a message was read %d times", id, read[m])
		}
	}
	for m := range doubt {
		if read[m] > 1 {
			t.Errorf("%s: a message in doubt was read %d times", id, read[m])
		}
	}
	return len(doubt)
}

// chatOn says things and hears the replies, and returns the ids of what it has said.
func chatOn(ctx context.Context, c *ekalive.Conversation, things int) (said []string, err error) {
	for range things {
		id, err := c.SendText(ctx, ekalive.UserText{Text: "and then?"})
		if id != "" {
			said = append(said, id)
		}
		if err != nil {
			return said, err
		}
		for _, err := range c.Reply(ctx) {
			if err != nil {
				return said, err
			}
		}
	}
	return said, nil
}
