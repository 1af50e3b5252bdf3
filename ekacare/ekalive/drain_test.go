package ekalive_test

import (
	"context"
	"io"
	"net/http"

	"github.com/coder/websocket"
)

// drain counts the audio of a stream without keeping it, and closes it after the stop.
func drain(w http.ResponseWriter, r *http.Request) (read int64) {
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return 0
	}
	defer func() { _ = conn.CloseNow() }()
	for {
		kind, message, err := conn.Reader(context.Background())
		if err != nil {
			return read
		}
		n, _ := io.Copy(io.Discard, message)
		if kind == websocket.MessageText {
			_ = conn.Close(websocket.StatusNormalClosure, "")
			return read
		}
		read += n
	}
}
