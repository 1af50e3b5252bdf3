package caremux

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// NewFileTokenStore returns a store in the folder dir, for processes of one machine that share a login. The folder is made
// if need be, readable by its owner alone; so is every file (0600). Writes are atomic and renewals take a file lock, so that
// only one process logs in at a time.
func NewFileTokenStore(dir string) (TokenStore, error) {
	if dir == "" {
		return nil, &ArgumentError{Field: "dir", Rule: "is required"}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return &fileStore{dir: dir}, nil
}

type fileStore struct{ dir string }

// path hashes the key, since a key holds names that need not fit a file name.
func (s *fileStore) path(key, suffix string) string {
	sum := sha256.Sum256([]byte(key))
	return filepath.Join(s.dir, hex.EncodeToString(sum[:16])+suffix)
}

func (s *fileStore) Load(_ context.Context, key string) (Token, error) {
	data, err := os.ReadFile(s.path(key, ".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return Token{}, nil
	}
	if err != nil {
		return Token{}, err
	}
	var t Token
	if json.Unmarshal(data, &t) != nil {
		// A file that is no token is as good as none: the next Save replaces it.
		return Token{}, nil
	}
	return t, nil
}

func (s *fileStore) Save(_ context.Context, key string, t Token) error {
	data, err := json.Marshal(t)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(s.dir, "*.tmp") // CreateTemp makes the file 0600
	if err != nil {
		return err
	}
	_, err = tmp.Write(data)
	if closeErr := tmp.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(tmp.Name(), s.path(key, ".json"))
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
	}
	return err
}

// lockPoll is how long Lock waits between two looks at a lock that another process holds.
const lockPoll = 25 * time.Millisecond

func (s *fileStore) Lock(ctx context.Context, key string) (func(), error) {
	for {
		unlock, err := tryLock(s.path(key, ".lock"))
		if err != nil || unlock != nil {
			return unlock, err
		}
		timer := time.NewTimer(lockPoll)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, ctx.Err()
		case <-timer.C:
		}
	}
}
