package snapcare

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/internal/login"
	"github.com/caremux/caremux/internal/scan"
	"github.com/caremux/caremux/internal/transport"
)

// userLogin exchanges credentials for a token, and renews the session that it began.
type userLogin struct {
	credentials Credentials
	service     *AccountService

	mu      sync.Mutex
	session caremux.Token // the latest session that can be renewed
}

// Token renews the session if there is one that lasts, and else logs in.
func (l *userLogin) Token(ctx context.Context) (caremux.Token, error) {
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
	if c := l.credentials; !c.UseV2Token && c.Password != "" { // the other logins have no device id to renew with
		l.mu.Lock()
		l.session = token
		l.mu.Unlock()
	}
	return token, nil
}

// Forget drops the session that belongs to a token which was refused, or ended.
func (l *userLogin) Forget(token string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.session.Value == token {
		l.session = caremux.Token{}
	}
}

var errNoSession = errors.New("no session to renew")

func (l *userLogin) renew(ctx context.Context, old caremux.Token) (caremux.Token, error) {
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
	return tokenOf(l.service.core.Clock(), &accountRenewSession, answer.AccessToken, answer.Expires, answer.RawJSON())
}

// enter logs in with the method of the credentials.
func (l *userLogin) enter(ctx context.Context) (caremux.Token, error) {
	c := l.credentials
	retry := caremux.WithCallRetry(caremux.RetryPolicy{MaxAttempts: 2})
	if c.PingToken == "" && !c.UseV2Token {
		var answer *UserSession
		var err error
		op := &accountCreateSession
		if c.SSOJWT != "" {
			op = &accountCreateSSOSession
			answer, err = l.service.CreateSSOSession(ctx, &SSOSessionCreate{HospitalID: &c.HospitalID, JWT: &c.SSOJWT}, retry)
		} else {
			in := SessionCreate{HospitalID: &c.HospitalID, UserTypeID: &c.UserType, Email: &c.Email,
				Password: &c.Password, DeviceID: &c.DeviceID}
			if c.InterfaceType != InterfaceTypeNone {
				in.InterfaceTypeID = &c.InterfaceType
			}
			answer, err = l.service.CreateSession(ctx, &in, retry)
		}
		if err != nil {
			return caremux.Token{}, refusedLogin(err)
		}
		return tokenOf(l.service.core.Clock(), op, answer.AccessToken, answer.Expires, answer.RawJSON())
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
		in := TokenCreate{Email: c.Email, Password: c.Password, UserTypeID: c.UserType, HospitalID: &c.HospitalID}
		answer, err = l.service.CreateToken(ctx, &in, retry)
	}
	if err != nil {
		return caremux.Token{}, refusedLogin(err)
	}
	return tokenOf(l.service.core.Clock(), op, answer.AccessToken, answer.Expires, answer.RawJSON())
}

// widestZone bounds what a time without a zone may be off by when it is read as UTC.
const widestZone = 14 * time.Hour

// tokenOf checks what a login returned. Without an expiry the token is used until it is refused. One without a zone is
// read as UTC; where that lies in the past by no more than a zone can make, the expiry counts as not known.
func tokenOf(clock *login.Clock, op *transport.Operation, value string, expires caremux.Time, raw []byte) (caremux.Token, error) {
	fail := func(reason string) (caremux.Token, error) {
		return caremux.Token{}, caremux.NewError(caremux.Error{
			Vendor: "snapcare", Operation: op.Name, Method: op.Method, Path: op.Path, Kind: caremux.ErrUnauthorized, Attempts: 1,
		}, caremux.ErrorParts{Reason: reason})
	}
	if value == "" {
		return fail("the response contains no token")
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
	switch late := clock.Now().Sub(expires.Time); {
	case late < 0:
		token.Expires = clock.Local(expires.Time)
	case expires.Zoned() || late > widestZone:
		return fail("the login returned a token that has expired; check this machine's clock")
	}
	return token, nil
}

// refusedLogin makes the refusal of a login one that matches [caremux.ErrUnauthorized], and not what it would mean for
// the call that needed the token: version 2 responds with 404 to a wrong password.
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
	return caremux.NewError(refused, caremux.ErrorParts{Body: e.Body(), Reason: "the login was refused"})
}

// ready reports whether the credentials have no login, so that a ready token is needed.
func (l *userLogin) ready() bool {
	return l.credentials.Password == "" && l.credentials.SSOJWT == "" && l.credentials.PingToken == ""
}

// refused decides whether a 401 that no other token helps is about the user: another token was refused too, or the
// vendor accepts the ready token for other calls.
func (l *userLogin) refused(e *caremux.Error, use login.Use) {
	if l.ready() && (use.Accepted || use.Second) || !l.ready() && use.Replaced {
		e.Kind = ErrWrongUser
	}
}

var _ login.Forgetter = (*userLogin)(nil)
