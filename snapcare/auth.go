package snapcare

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/scan"
	"github.com/caremux/caremux/internal/transport"
)

// login exchanges credentials for a token, and renews the session that it got.
type login struct {
	credentials Credentials
	service     *AccountService

	mu      sync.Mutex
	session caremux.Token // the latest that can be renewed
	asked   string        // the token that was refused last, before a login for it
	tried   string        // the token that was refused although it came straight from a login
	triedAt time.Time
	naive   bool // the latest expiry named no zone, and may lie hours before the time that it was read as
}

func (l *login) got(expires caremux.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.naive = expires.Known() && !expires.Zoned()
}

// Token renews the session if there is one that lasts, and else logs in.
func (l *login) Token(ctx context.Context) (caremux.Token, error) {
	l.mu.Lock()
	old := l.session
	l.mu.Unlock()
	token, err := l.renew(ctx, old)
	if err != nil {
		token, err = l.enter(ctx)
	}
	if err != nil {
		return caremux.Token{}, err
	}
	if c := l.credentials; !c.UseV2Token && c.Password != "" { // the other ways give no device to renew with
		l.mu.Lock()
		l.session = token
		l.mu.Unlock()
	}
	return token, nil
}

// Forget drops the session that belongs to a token which was refused, or ended.
func (l *login) Forget(token string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.session.Value == token {
		l.session = caremux.Token{}
	}
}

var errNoSession = errors.New("no session to renew")

func (l *login) renew(ctx context.Context, old caremux.Token) (caremux.Token, error) {
	if old.Value == "" || !time.Now().Before(old.Expires) {
		return caremux.Token{}, errNoSession
	}
	c := l.credentials
	answer, err := l.service.RenewSession(ctx, &SessionRenewalInput{
		HospitalID: &c.HospitalID, UserTypeID: &c.UserType, Email: &c.Email, AccessToken: &old.Value, DeviceID: &c.DeviceID,
	}, caremux.WithCallRetry(caremux.NoRetry), caremux.WithCallTimeout(10*time.Second))
	if err != nil {
		return caremux.Token{}, err
	}
	l.got(answer.Expires)
	return tokenOf(&accountRenewSession, answer.AccessToken, answer.Expires, answer.RawJSON())
}

// enter logs in, by the way that the credentials give.
func (l *login) enter(ctx context.Context) (caremux.Token, error) {
	c := l.credentials
	retry := caremux.WithCallRetry(caremux.RetryPolicy{MaxAttempts: 2})
	if c.PingToken == "" && !c.UseV2Token {
		var answer *UserSession
		var err error
		op := &accountCreateSession
		if c.SSOJWT != "" {
			op = &accountCreateSSOSession
			answer, err = l.service.CreateSSOSession(ctx, &SSOSessionInput{HospitalID: &c.HospitalID, JWT: &c.SSOJWT}, retry)
		} else {
			in := SessionInput{HospitalID: &c.HospitalID, UserTypeID: &c.UserType, Email: &c.Email, Password: &c.Password, DeviceID: &c.DeviceID}
			if c.InterfaceType != InterfaceTypeNone {
				in.InterfaceTypeID = &c.InterfaceType
			}
			answer, err = l.service.CreateSession(ctx, &in, retry)
		}
		if err != nil {
			return caremux.Token{}, refusedLogin(err)
		}
		l.got(answer.Expires)
		return tokenOf(op, answer.AccessToken, answer.Expires, answer.RawJSON())
	}
	var answer *Token
	var err error
	op := &accountGetTokenFromSSO
	switch {
	case c.PingToken != "":
		answer, err = l.service.GetTokenFromSSO(ctx, &AccountGetTokenFromSSOParams{SSOToken: &c.PingToken, AgentID: &c.AgentID}, retry)
	case c.SSOJWT != "":
		answer, err = l.service.GetTokenFromSSO(ctx, &AccountGetTokenFromSSOParams{JWT: &c.SSOJWT}, retry)
	default:
		op = &accountCreateToken
		in := LoginInput{Email: c.Email, Password: c.Password, UserTypeID: c.UserType, HospitalID: &c.HospitalID}
		answer, err = l.service.CreateToken(ctx, &in, retry)
	}
	if err != nil {
		return caremux.Token{}, refusedLogin(err)
	}
	l.got(answer.Expires)
	return tokenOf(op, answer.AccessToken, answer.Expires, answer.RawJSON())
}

// widestZone bounds what a time without a zone may be off by when it is read as UTC.
const widestZone = 14 * time.Hour

// tokenOf checks what a login gave. Without an expiry the token is used until it is refused. One without a zone is read as
// UTC; where that lies in the past by no more than a zone can make, the expiry counts as not known.
func tokenOf(op *transport.Operation, value string, expires caremux.Time, raw []byte) (caremux.Token, error) {
	fail := func(reason string) (caremux.Token, error) {
		return caremux.Token{}, caremux.NewError(caremux.Error{
			Vendor: "snapcare", Operation: op.Name, Method: op.Method, Path: op.Path, Kind: caremux.ErrUnauthorized, Attempts: 1,
		}, nil, nil, reason, false)
	}
	if value == "" {
		return fail("the answer holds no token")
	}
	token := caremux.Token{Value: value}
	sent, _ := scan.Lookup(raw, "expires")
	switch string(sent) {
	case "", "null", `""`:
		return token, nil
	}
	if !expires.Known() {
		return fail("the token's expiry is not a time")
	}
	switch late := time.Since(expires.Time); {
	case late < 0:
		token.Expires = expires.Time
	case expires.Zoned() || late > widestZone:
		return fail("the login gave a token that has expired; check this machine's clock")
	}
	return token, nil
}

// refusedLogin makes the refusal of a login one that matches [caremux.ErrUnauthorized], and not what it would mean for the
// call that needed the token: version 2 answers 404 to a wrong password.
func refusedLogin(err error) error {
	var e *caremux.Error
	if !errors.As(err, &e) || e.Status == http.StatusTooManyRequests || e.Status == http.StatusRequestTimeout ||
		e.Status >= 500 || !(e.Status >= 400 || errors.Is(e, caremux.ErrNotFound)) {
		return err
	}
	refused := *e
	refused.Kind = caremux.ErrUnauthorized
	if errors.Is(&refused, caremux.ErrNotFound) {
		refused.Status = 0
	}
	return caremux.NewError(refused, e.Body(), nil, "the login was refused", false)
}

// ready reports whether the credentials give no way to log in, so that the token must be a ready one.
func (l *login) ready() bool {
	return l.credentials.Password == "" && l.credentials.SSOJWT == "" && l.credentials.PingToken == ""
}

// patience is how long a token that was refused straight from a login is not replaced for another refusal.
const patience = 10 * time.Minute

// refused decides what a 401 means: a token that is not good any more, or a user of the wrong kind, whom another token will
// not help.
func (l *login) refused(e *caremux.Error, use transport.TokenUse) bool {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if !use.Replayed {
		l.asked = use.Token
	} else if use.Token == l.asked && !use.Accepted && l.ready() {
		return false // there was no login: a ready token that is not good
	} else {
		l.tried, l.triedAt = use.Token, now
	}
	lasts := !use.Expires.IsZero() && !l.naive && now.Before(use.Expires)
	switch {
	case use.Replayed,
		use.Accepted && lasts,
		use.Token == l.tried && now.Sub(l.triedAt) < patience:
		e.Kind = ErrWrongUser
		return false
	case use.Accepted && (use.Expires.IsZero() || l.naive):
		e.Kind = ErrWrongUser // unless another token helps
	}
	return true
}

var _ transport.Forgetter = (*login)(nil)
