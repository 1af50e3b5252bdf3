// Package ekalive streams live speech to Eka Care's scribe over a websocket. It is a module of its own, so that
// package ekacare links no websocket library.
//
//	recording, err := client.ScribeSessions.Open(ctx, &ekacare.ScribeSessionCreate{
//		UploadType: ekacare.ScribeUploadTypeStream, Templates: []string{template},
//	})
//	if err != nil {
//		return err
//	}
//	stream, err := ekalive.OpenScribe(ctx, recording)
//	if err != nil {
//		return err
//	}
//	defer stream.Close()
//	for pcm := range microphone {
//		if err := stream.Write(ctx, pcm); err != nil {
//			return err
//		}
//	}
//	if _, err := stream.End(ctx); err != nil {
//		return err
//	}
//	result, err := recording.Wait(ctx, nil)
//
// # What has arrived
//
// The protocol has no acknowledgement of audio. The stream sends a ping from time to time instead, whose pong the
// service sends after it has read all that was written before: [ScribeStream.Confirmed] counts that. A connection that
// breaks may have lost what was written after it, and the service takes no second connection for a session that would
// say which: the error is a [*StreamError] with both counts, and nothing is sent twice. Begin another session with the
// audio from Confirmed on, or with all of it.
//
// # Back-pressure
//
// At most [Window] bytes are on their way without being confirmed. [ScribeStream.Write] waits for more room, and ends
// with its context. Memory does not grow with the stream.
//
// # Telephony
//
// [ScribeStream.Forward] passes the messages of a media stream on, as telephony services send them (start, media,
// stop).
//
// # Sources
//
// The vendor's pages on streaming and its Python client. What they do not say: whether the service sends messages,
// which are ignored, and what ends a stream of binary frames, for which the event stop is sent as for media streams.
package ekalive
