package ekacare

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/caremux/caremux"
)

// MaxScribeAudioSize is the largest file, in bytes, of a session of the upload type single.
const MaxScribeAudioSize = 10 << 20

// audioFormats are the extensions from which the vendor infers the format.
var audioFormats = []string{"webm", "mp3", "wav", "ogg", "m4a", "mp4"}

// audioFormat returns the format of a file by the extension of its name.
func audioFormat(name string) (string, error) {
	format := strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
	if !slices.Contains(audioFormats, format) {
		return "", invalidArgument("Name", "must end in ."+strings.Join(audioFormats, ", ."))
	}
	return format, nil
}

// audioName is the name of the nth file of a session, from 0. The vendor joins the files by their numbers.
func audioName(n int, format string) string { return "audio_" + strconv.Itoa(n) + "." + format }

// audioNumber reads the number in a name such as audio_12.webm.
func audioNumber(name string) (int, bool) {
	base := strings.TrimSuffix(name, path.Ext(name))
	n, err := strconv.Atoi(base[strings.LastIndexByte(base, '_')+1:])
	if err != nil || n < 0 || n >= math.MaxInt32 || !strings.Contains(base, "_") {
		return 0, false
	}
	return n, true
}

// checkAudio finds out what is wrong with a file without reading it.
func checkAudio(audio caremux.File, upload ScribeUploadType) error {
	if _, err := audioFormat(audio.Name); err != nil {
		return err
	}
	if audio.Content == nil {
		return invalidArgument("Content", "is required")
	}
	size, ok := remaining(audio.Content)
	switch {
	case !ok:
		return nil
	case size == 0:
		return invalidArgument("Content", "must not be empty")
	case upload == ScribeUploadTypeSingle && size > MaxScribeAudioSize:
		return errAudioTooLarge
	}
	return nil
}

var errAudioTooLarge = invalidArgument("Content", "must be at most 10 MB for the upload type single")

// remaining returns how much there is to read, if that can be known without reading.
func remaining(content io.Reader) (int64, bool) {
	if s, ok := content.(io.Seeker); ok {
		at, err := s.Seek(0, io.SeekCurrent)
		if err != nil {
			return 0, false
		}
		end, err := s.Seek(0, io.SeekEnd)
		if err != nil {
			return 0, false
		}
		_, err = s.Seek(at, io.SeekStart)
		return max(0, end-at), err == nil
	}
	if b, ok := content.(interface{ Len() int }); ok {
		return int64(b.Len()), true
	}
	return 0, false
}

// streamed is content of unknown size with the rules of the upload kept while it is read: its first byte is read now,
// so that an empty file is found before anything is sent. A read that hangs, as that of a microphone can, is left when
// the context ends.
func streamed(ctx context.Context, content io.Reader, upload ScribeUploadType) (io.Reader, error) {
	if _, ok := remaining(content); ok {
		return content, nil
	}
	first := make([]byte, 1)
	read := make(chan error, 1)
	if ctx.Err() == nil {
		go func() {
			_, err := io.ReadFull(content, first)
			read <- err
		}()
	}
	select {
	case <-ctx.Done():
		return nil, caremux.NewError(caremux.Error{Vendor: "ekacare", Operation: "ScribeSessions.Upload"}, caremux.ErrorParts{
			Cause: context.Cause(ctx), Reason: "the context ended before there was audio",
		})
	case err := <-read:
		switch {
		case errors.Is(err, io.EOF):
			return nil, invalidArgument("Content", "must not be empty")
		case err != nil:
			return nil, invalidArgument("Content", "cannot be read")
		}
	}
	whole := io.MultiReader(bytes.NewReader(first), content)
	if upload == ScribeUploadTypeSingle {
		return &limited{whole, MaxScribeAudioSize}, nil
	}
	return whole, nil
}

// limited fails when more than left bytes are read.
type limited struct {
	io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.Reader.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, errAudioTooLarge
	}
	return n, err
}
