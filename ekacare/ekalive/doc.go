// Package ekalive is what Eka Care does over websockets: live speech to its scribe, and conversations with MedAssist.
// It is a module of its own, so that package ekacare links no websocket library.
//
// # Scribe
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
// The protocol has no acknowledgement of audio. The stream sends a ping from time to time instead, whose pong the
// service sends after it has read all that was written before: [ScribeStream.Confirmed] counts that. A connection that
// breaks may have lost what was written after it, and the service takes no second connection for a session that would
// say which: the error is a [*StreamError] with both counts, and nothing is sent twice. Begin another session with the
// audio from Confirmed on, or with all of it.
//
// At most [Window] bytes are on their way without being confirmed. [ScribeStream.Write] waits for more room, and ends
// with its context. Memory does not grow with the stream.
//
// [ScribeStream.Forward] passes the messages of a media stream on, as telephony services send them (start, media,
// stop).
//
// # MedAssist
//
//	session, err := client.MedAssist.CreateSession(ctx, nil)
//	if err != nil {
//		return err
//	}
//	conversation, err := ekalive.OpenMedAssist(ctx, session)
//	if err != nil {
//		return err
//	}
//	defer conversation.Close()
//	if _, err := conversation.SendText(ctx, ekalive.UserText{Text: question}); err != nil {
//		return err
//	}
//	for message, err := range conversation.Reply(ctx) {
//		if err != nil {
//			return err
//		}
//		switch m := message.(type) {
//		case *ekalive.Piece:
//			fmt.Print(m.Text)
//		case *ekalive.Choices:
//			_, err = conversation.Choose(ctx, m, m.Choices[0])
//		}
//	}
//
// A connection that ends is a [*ConversationError] with the service's close code and the messages that may not have
// arrived: a ping's pong shows that what was sent before it was read. [ResumeMedAssist] connects to the session again,
// with another token if it has expired, and sends nothing by itself.
//
// # Sources
//
// The vendor's pages on streaming and on MedAssist, its Python client and its widget. This package has not been
// verified against the service. What the sources do not say:
//
//   - whether a scribe stream sends messages, which are ignored, and what ends a stream of binary frames, for which the
//     event stop is sent as for media streams;
//   - what the close codes 4000, 4001, 4003, 4004 and 4999 of MedAssist mean;
//   - the fields of cards, of the event sync and of a choice that is not a string: see [Unknown] and [Message];
//   - how several choices are sent, and whether a reply that was cut off is resent after a connection is resumed.
package ekalive
