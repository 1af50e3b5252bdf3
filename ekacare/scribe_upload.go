package ekacare

import (
	"context"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"path"
	"sync"

	"github.com/caremux/caremux"
)

// Upload sends the next piece of the recording. The extension of its name is the format, webm, mp3, wav, ogg, m4a or
// mp4, and is not sent itself: the vendor wants audio_0.webm, audio_1.webm and so on. The content is streamed. A
// session of the upload type single takes one file of at most [MaxScribeAudioSize].
//
// The number in the name makes a piece that is sent twice the same piece, so content that is an [io.Seeker], such as a
// bytes.Reader, is retried after a failure like a GET. Other content is sent once, also when the token has just
// expired, and has been read in part after an error.
//
// A failure is a [*ScribePieceError] with the number of the piece. If the piece may have arrived, its number is used
// up: the next Upload sends the next piece, as recorders do. To send the same piece again use
// [ScribeRecording.UploadPiece]; an Upload of content that is an [io.Seeker] and has the same bytes does the same.
// Otherwise the next Upload uses the same number.
//
// A recording that was resumed with pieces missing refuses to go on with a [*ScribeGapError].
//
// POST /voice/v1/sessions/{session_id}/audio/{file_sequence}
func (r *ScribeRecording) Upload(
	ctx context.Context, audio caremux.File, opts ...caremux.RequestOption,
) (*ScribeAudioReceipt, error) {
	const operation = "ScribeSessions.Upload"
	if err := r.ready(operation, audio); err != nil {
		return nil, err
	}
	if missing := r.Missing(); r.gap && len(missing) > 0 {
		return nil, &ScribeGapError{Missing: missing}
	}
	number := r.next
	if r.upload == ScribeUploadTypeSingle && number > 0 && r.pieces[0].there {
		return nil, inFlow(operation, invalidArgument("audio", "must be one file for the upload type single"))
	}
	if r.upload == ScribeUploadTypeSingle || r.failed.same(audio.Content) {
		number = min(number, r.failed.number(number))
	}
	return r.send(ctx, operation, number, audio, opts)
}

// UploadPiece is [ScribeRecording.Upload] for a piece whose number is known, counted from 0: one that failed or is
// missing is resent, in its place. The number must not be above that of the next piece.
//
// POST /voice/v1/sessions/{session_id}/audio/{file_sequence}
func (r *ScribeRecording) UploadPiece(
	ctx context.Context, number int, audio caremux.File, opts ...caremux.RequestOption,
) (*ScribeAudioReceipt, error) {
	const operation = "ScribeSessions.UploadPiece"
	if err := r.ready(operation, audio); err != nil {
		return nil, err
	}
	if number < 0 || number > r.next || r.upload == ScribeUploadTypeSingle && number > 0 {
		return nil, inFlow(operation, invalidArgument("number", "must be that of a piece that was sent, or of the next one"))
	}
	return r.send(ctx, operation, number, audio, opts)
}

// ready checks what can be known before the content is read.
func (r *ScribeRecording) ready(operation string, audio caremux.File) error {
	switch {
	case r.stage == recordingEnded:
		return misuse(operation, ErrScribeSessionEnded)
	case r.upload == ScribeUploadTypeStream:
		rule := "goes to the websocket of UploadURL for the upload type stream"
		return inFlow(operation, invalidArgument("audio", rule))
	}
	return inArgument(operation, "audio", checkAudio(audio, r.upload))
}

// send sends a piece under its number and notes what became of it.
func (r *ScribeRecording) send(
	ctx context.Context, operation string, number int, audio caremux.File, opts []caremux.RequestOption,
) (*ScribeAudioReceipt, error) {
	format, err := audioFormat(audio.Name)
	if err != nil {
		return nil, inArgument(operation, "audio", err)
	}
	if before := r.pieces[number].name; before != "" && path.Ext(before) != "."+format {
		rule := "must have the extension " + path.Ext(before) + " of the piece that it replaces"
		return nil, inFlow(operation, invalidArgument("audio.Name", rule))
	}
	var caught panics
	content, err := streamed(ctx, caught.guard(audio.Content), r.upload)
	caught.raise()
	if err != nil {
		return nil, inArgument(operation, "audio", err)
	}
	heard := listen(content)
	name := audioName(number, format)
	again := append([]caremux.RequestOption{caremux.WithIdempotent()}, opts...) // the number makes it the same piece
	receipt, err := r.service.UploadAudio(ctx, r.id, name, caremux.File{Content: heard}, again...)
	if err == nil && receipt.Success != nil && !*receipt.Success {
		err = caremux.NewError(caremux.Error{Vendor: "ekacare", Operation: operation, Status: 200, Attempts: 1},
			caremux.ErrorParts{Body: receipt.RawJSON(), Reason: "the vendor did not take the file", MaybeApplied: true})
	}
	r.note(number, name, heard.sent(), err)
	caught.raise()
	if err != nil {
		if _, wrong := errors.AsType[*caremux.ArgumentError](err); !wrong {
			err = &ScribePieceError{Number: number, MaybeArrived: r.failed != nil && r.failed.n == number, Err: asExpired(err)}
		}
		return receipt, err
	}
	return receipt, nil
}

// note keeps what became of the upload of a piece.
func (r *ScribeRecording) note(number int, name string, sent sentAudio, err error) {
	if err == nil {
		r.arrived(number, name)
		if r.failed != nil && r.failed.n == number {
			r.failed = nil
		}
		return
	}
	e, ok := errors.AsType[*caremux.Error](err)
	if !ok || !e.MaybeApplied() || !sent.whole {
		return // the vendor does not keep a body that was not sent completely
	}
	if p := r.pieces[number]; !p.there {
		r.pieces[number] = piece{name: name}
	}
	r.next = max(r.next, number+1)
	r.failed = &failedPiece{number, sent}
}

// failedPiece is a piece that may have arrived.
type failedPiece struct {
	n    int
	sent sentAudio
}

// number is that of the piece, or a fallback without one.
func (f *failedPiece) number(fallback int) int {
	if f == nil {
		return fallback
	}
	return f.n
}

// same reports whether content that can be read again has the same bytes. It stays where it was.
func (f *failedPiece) same(content io.Reader) bool {
	seeker, ok := content.(io.Seeker)
	if f == nil || !ok {
		return false
	}
	if size, known := remaining(content); !known || size != f.sent.size {
		return false
	}
	at, err := seeker.Seek(0, io.SeekCurrent)
	if err != nil {
		return false
	}
	sum := sha256.New()
	_, err = io.Copy(sum, content)
	if _, back := seeker.Seek(at, io.SeekStart); back != nil {
		return false // and the upload will fail too
	}
	return err == nil && [sha256.Size]byte(sum.Sum(nil)) == f.sent.sum
}

// sentAudio is what was read of the content of an upload by the last attempt.
type sentAudio struct {
	size  int64
	sum   [sha256.Size]byte
	whole bool // to its end
}

// listener is content that keeps the hash of what is read. A read that was left behind may come at any time.
type listener struct {
	content io.Reader
	size    int64 // -1 if it is not known

	mu   sync.Mutex
	sum  hash.Hash
	read int64
	end  bool
}

func (l *listener) Read(p []byte) (int, error) {
	n, err := l.content.Read(p)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sum.Write(p[:n])
	l.read += int64(n)
	l.end = l.end || err == io.EOF || l.read == l.size
	return n, err
}

func (l *listener) sent() sentAudio {
	l.mu.Lock()
	defer l.mu.Unlock()
	return sentAudio{l.read, [sha256.Size]byte(l.sum.Sum(nil)), l.end}
}

// seekingListener is one whose content can be read again.
type seekingListener struct {
	*listener
	seeker io.Seeker
}

func (l seekingListener) Seek(offset int64, whence int) (int64, error) {
	at, err := l.seeker.Seek(offset, whence)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sum.Reset()
	l.read, l.end = 0, false
	return at, err
}

// sizedListener is one whose size is known and whose content can be read once.
type sizedListener struct{ *listener }

func (l sizedListener) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return int(l.size - l.read)
}

// audioContent is content to upload that knows what was sent.
type audioContent interface {
	io.Reader
	sent() sentAudio
}

// listen wraps content so that what the transport can find out about it stays the same.
func listen(content io.Reader) audioContent {
	l := &listener{content: content, size: -1, sum: sha256.New()}
	size, known := remaining(content)
	if !known {
		return l
	}
	l.size = size
	if s, ok := content.(io.Seeker); ok {
		return seekingListener{l, s}
	}
	return sizedListener{l}
}
