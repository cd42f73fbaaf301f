package jose

import "crypto/ed25519"

// smallOrder tells whether an Ed25519 public key is a point whose order divides 8. For such a point the
// signature made of the identity and zero verifies for one message in eight or more, without any private key;
// for a sound key it never does. So the question is put to the standard library's own verifier.
func smallOrder(key ed25519.PublicKey) bool {
	forged := make([]byte, ed25519.SignatureSize)
	forged[0] = 1 // R, the identity; S is 0
	for message := range 128 {
		if ed25519.Verify(key, []byte{byte(message)}, forged) {
			return true
		}
	}
	return false
}
