package main

import (
	"cmp"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/caremux/caremux/clinik"
	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/snapcare"
	"github.com/caremux/caremux/webhook"
	"github.com/caremux/caremux/welkin"
)

// secrets are what the vendors sign with, or send.
type secrets struct{ ekacare, clinik, welkinKey, welkinSecret, snapcare string }

// readSecrets takes what the environment has, and for the rest the secret of this user, which is made up if create is set.
func readSecrets(env func(string) string, create bool) (secrets, error) {
	s := secrets{
		ekacare: env("EKA_WEBHOOK_SECRET"), clinik: env("CLINIK_WEBHOOK_SECRET"),
		welkinKey: env("WELKIN_WEBHOOK_KEY"), welkinSecret: env("WELKIN_WEBHOOK_SECRET"),
		snapcare: env("SNAPCARE_WEBHOOK_SECRET"),
	}
	if s.ekacare != "" && s.clinik != "" && s.welkinKey != "" && s.welkinSecret != "" && s.snapcare != "" {
		return s, nil
	}
	demo, err := demoSecret(create)
	if err != nil {
		return s, err
	}
	return secrets{
		ekacare: cmp.Or(s.ekacare, demo), clinik: cmp.Or(s.clinik, demo),
		welkinKey: cmp.Or(s.welkinKey, demo), welkinSecret: cmp.Or(s.welkinSecret, demo),
		snapcare: cmp.Or(s.snapcare, demo),
	}, nil
}

// demoSecret reads the made-up secret, which only this user can read.
func demoSecret(create bool) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	name := filepath.Join(cache, "caremux-demo", "webhook-secret")
	kept, err := os.ReadFile(name)
	switch {
	case err == nil && strings.TrimSpace(string(kept)) != "":
		return strings.TrimSpace(string(kept)), nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return "", err
	case !create:
		return "", errors.New("there is no secret yet: start the receiver first, or set the vendor's variable")
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return "", err
	}
	secret := rand.Text()
	return secret, os.WriteFile(name, []byte(secret+"\n"), 0o600)
}

// verifiers are by vendor.
func (s secrets) verifiers() (map[string]*webhook.Verifier, error) {
	eka, err1 := ekacare.WebhookVerifier([]string{s.ekacare})
	cli, err2 := clinik.WebhookVerifier([]string{s.clinik})
	wel, err3 := welkin.WebhookVerifier(s.welkinKey, s.welkinSecret)
	sna, err4 := snapcare.WebhookVerifier([]string{s.snapcare})
	return map[string]*webhook.Verifier{"ekacare": eka, "clinik": cli, "welkin": wel, "snapcare": sna}, errors.Join(err1, err2, err3, err4)
}
