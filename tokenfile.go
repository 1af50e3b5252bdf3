package caremux

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// NewFileTokenStore returns a store in the folder dir, for processes of one machine and user that share a login. The
// folder is created if need be, readable by its owner alone; so is every file (0600). A token is replaced in one step,
// and a process that is killed leaves nothing behind that the next one does not remove. Refresh tokens are not written.
//
// The folder must be on a local disk, must not be a symbolic link, and must belong to the user of the process and be
// writable by nobody else; anything else is an [*ArgumentError]. The store that is returned with the error works: it
// ignores files that another user owns or may write, and links. But a user who may write the folder can remove its
// files. On Windows and Plan 9 only links are refused.
//
// Lock is a file lock, which the system frees when its process dies. The lock of a process that was stopped is taken
// over after 30 seconds: at worst two processes log in, which does no harm.
func NewFileTokenStore(dir string) (TokenStore, error) {
	if dir == "" {
		return nil, &ArgumentError{Field: "dir", Rule: "is required"}
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	s := &fileStore{dir: dir}
	root, err := s.open()
	if err != nil {
		s.warned = true
		return s, err
	}
	defer root.Close()
	s.sweep(root)
	return s, nil
}

type fileStore struct {
	dir    string
	warned bool // the caller knows that others may write the folder
}

// The files of a key are the token, the lock, and the next token while it is written.
const (
	tokenSuffix = ".json"
	lockSuffix  = ".lock"
	nextSuffix  = ".tmp"
)

// tokenFile is the content of a token's file. The name keeps a token from being taken for that of another key if its
// file is renamed.
type tokenFile struct {
	Name  string          `json:"name"`
	Token json.RawMessage `json:"token"`
}

// fileName hashes the key, which a store must take whatever it contains.
func fileName(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:16])
}

var (
	errFolder = &ArgumentError{Field: "dir", Rule: "must belong to the user of this process and be writable by nobody else"}
	errLinked = &ArgumentError{Field: "dir", Rule: "must be a folder, not a link to one"}
	errFile   = errors.New("caremux: a file of the token store is not a regular file that only this user may write")
)

// open opens the folder after checking it. What is done in it cannot be led elsewhere by replacing the folder.
func (s *fileStore) open() (*os.Root, error) {
	named, err := os.Lstat(s.dir)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(s.dir)
	if err != nil {
		return nil, err
	}
	opened, err := root.Stat(".")
	switch {
	case err != nil:
	case !os.SameFile(named, opened):
		err = errLinked
	case !s.warned && !ours(opened):
		err = errFolder
	default:
		return root, nil
	}
	_ = root.Close()
	return nil, err
}

// openOwn opens a file of the store, but no link and no file that another user owns or may write.
func openOwn(root *os.Root, name string, flag int) (*os.File, error) {
	for range 100 { // the file may be replaced in between
		named, err := root.Lstat(name)
		if err != nil {
			return nil, err
		}
		if !named.Mode().IsRegular() {
			return nil, errFile
		}
		f, err := root.OpenFile(name, flag, 0)
		if err != nil {
			return nil, err
		}
		opened, err := f.Stat()
		same := err == nil && os.SameFile(named, opened)
		if same && ours(opened) {
			return f, nil
		}
		_ = f.Close()
		if same || err != nil {
			break
		}
	}
	return nil, errFile
}

// maxTokenFile is far more than any token has.
const maxTokenFile = 1 << 20

func (s *fileStore) Load(_ context.Context, key string) (Token, error) {
	root, err := s.open()
	if err != nil {
		return Token{}, err
	}
	defer root.Close()
	f, err := openOwn(root, fileName(key)+tokenSuffix, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return Token{}, nil
	}
	if err != nil {
		return Token{}, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxTokenFile))
	if err != nil {
		return Token{}, err
	}
	var file tokenFile
	var t Token
	if json.Unmarshal(data, &file) != nil || file.Name != fileName(key) || t.UnmarshalBinary(file.Token) != nil {
		return Token{}, nil // as good as none: the next Save replaces it
	}
	return t, nil
}

func (s *fileStore) Save(ctx context.Context, key string, t Token) error {
	t.Refresh = "" // nobody reads it from here
	token, err := t.MarshalBinary()
	if err != nil {
		return err
	}
	name := fileName(key)
	data, err := json.Marshal(tokenFile{Name: name, Token: token})
	if err != nil {
		return err
	}
	root, err := s.open()
	if err != nil {
		return err
	}
	defer root.Close()
	f, err := own(ctx, root, name+nextSuffix)
	if err != nil {
		return err
	}
	if err = f.Truncate(0); err == nil {
		_, err = f.WriteAt(data, 0)
	}
	if err == nil {
		return replace(root, f, name+nextSuffix, name+tokenSuffix)
	}
	disown(root, f, name+nextSuffix)
	return err
}

// lease is how long a process may take for a login, or to write a token, before another goes on without it.
const lease = 30 * time.Second

// ownPoll is how long own waits between two looks at a file that another process has.
const ownPoll = 25 * time.Millisecond

// own waits until the caller alone may write the file called name.
func own(ctx context.Context, root *os.Root, name string) (*os.File, error) {
	for {
		f, err := tryOwn(root, name)
		if err != nil || f != nil {
			return f, err
		}
		timer := time.NewTimer(ownPoll)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, ctx.Err()
		case <-timer.C:
		}
	}
}

// stale reports whether who has a file has had it for longer than the lease.
func stale(info fs.FileInfo) bool { return time.Since(info.ModTime()) > lease }

func (s *fileStore) Lock(ctx context.Context, key string) (func(), error) {
	root, err := s.open()
	if err != nil {
		return nil, err
	}
	name := fileName(key) + lockSuffix
	f, err := own(ctx, root, name)
	if err != nil {
		_ = root.Close()
		return nil, err
	}
	return func() {
		release(root, f, name)
		_ = root.Close()
	}, nil
}

// sweep removes what processes have left that were killed while they wrote a token.
func (s *fileStore) sweep(root *os.Root) {
	folder, err := root.Open(".")
	if err != nil {
		return
	}
	names, _ := folder.Readdirnames(-1)
	_ = folder.Close()
	for _, name := range names {
		if stem, ok := strings.CutSuffix(name, nextSuffix); !ok || len(stem) != len(fileName("")) {
			continue
		}
		if f, err := tryOwn(root, name); err == nil && f != nil {
			disown(root, f, name)
		}
	}
}
