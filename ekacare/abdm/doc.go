// Package abdm has the cryptography of ABDM, India's health data network: it seals a health record so that only the
// one who requested it can open it, and opens what was sealed for you. It uses the standard library alone and sends
// nothing anywhere, so that neither private keys nor records leave your process.
//
// # Providing data
//
// A health information provider receives a request with the key material of the requester. [NewPeer] checks it, and
// [Seal] encrypts a record:
//
//	peer, err := abdm.NewPeer(material) // from the field key_information of the event abha.hip_data_fetch
//	if err != nil {
//		return err
//	}
//	sealed, err := abdm.Seal(peer, bundle) // the JSON of a FHIR bundle
//	if err != nil {
//		return err
//	}
//	content, own := sealed.Content(), sealed.KeyMaterial
//
// Send the content as an entry, and the key material beside it. Call Seal for each record and send each in a page of
// its own with the key material that belongs to it. Keys are never used for a second message: the network derives the
// AES-GCM key and IV from the two public keys and nonces, and two messages under the same key and IV show each
// other's text to anyone who sees both.
//
// # Requesting data
//
// A health information user makes a [KeySet], publishes its [KeySet.KeyMaterial], and opens what arrives:
//
//	keys, err := abdm.NewKeySet(time.Now().Add(30 * 24 * time.Hour))
//	if err != nil {
//		return err
//	}
//	own := keys.KeyMaterial(abdm.EncodingX509) // publish own.DHPublicKey.KeyValue and own.Nonce
//	…
//	bundle, err := keys.OpenContent(sender, content) // sender: NewPeer of the key material beside the content
//
// Data may still arrive for a key set that has been replaced. Keep the former ones for a while in a [Store], and open
// with [OpenContent], which takes the first key set that fits. Package ekacare does both for Eka Care's events.
//
// # Storing keys
//
// A key set prints, logs and marshals as "abdm.KeySet [redacted]". To keep one over a restart, call
// [KeySet.ExportPrivateKey], encrypt what it returns, store it with the nonce and the expiry, and restore the key set
// with [ParseKeySet]. ParseKeySet also reads private keys that Java's libraries or the vendor's helpers made.
//
// # Formats of keys
//
// Public keys travel as base64 of the raw point or of an X.509 SubjectPublicKeyInfo; see [Encoding]. Both are read,
// from base64 that may be escaped, broken into lines, unpadded or in the alphabet for URLs. Some requesters read one
// format only, so Seal replies in the format that the requester used. The JSON of a [KeyMaterial] is read and written
// in Eka Care's spelling and in that of the ABDM gateway.
//
// # Errors
//
// Every error for what others sent is an [*Error] that names the field, never the value, and matches one of
// [ErrInvalidKey], [ErrInvalidNonce], [ErrInvalidContent] and [ErrCannotOpen].
//
// # The exchange
//
// Both sides have a key on Curve25519 in the short Weierstrass form and a nonce of 32 bytes. The shared secret is the
// x coordinate of the product of one's private key and the other's public key, 32 bytes, big-endian. X is the xor of
// the nonces. HKDF-SHA256 of the secret, with the first 20 bytes of X as salt and no info, results in the key of
// AES-256-GCM; the last 12 bytes of X are the IV. There is no additional data, and the tag is appended.
//
// The multiplication is the X25519 of crypto/ecdh, which takes the same time for every key: coordinates are mapped
// between the two forms of the curve, and private keys that were made elsewhere are replaced by the equivalent that
// X25519 takes. The remaining arithmetic on private keys and secrets has numbers of fixed size and no branches on
// them; math/big is not used. A public key must be a point of the curve and of the group of its base point, which is
// checked before it is used.
//
// Sources: the vendor's ABDM Connect documents, the ABDM documents on encryption, and RFC 7748, RFC 5869 and SEC 1.
// Results are compared in tests with those of the vendor's library and of BouncyCastle.
package abdm
