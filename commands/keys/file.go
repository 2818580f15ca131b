package keys

import (
	"crypto/cipher"
	"crypto/sha256"
	"errors"

	"github.com/dakahq/daka/domain"
)

// SealFile encrypts a file: nonce ‖ ciphertext ‖ tag, AES-256-GCM under a key derived from the subject's.
//
// The nonce follows from the content and the AAD. Equal files of a subject become equal bytes, so that sending one twice
// keeps it once; different files never share a nonce.
func (k Key) SealFile(plain, aad []byte) ([]byte, error) {
	aead, err := k.fileAEAD()
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(plain)
	nonce := k.MAC("daka/file-nonce/1", new(domain.Preimage).LPBytes(aad).LPBytes(sum[:]).Bytes())[:aead.NonceSize()]
	out := make([]byte, aead.NonceSize(), aead.NonceSize()+len(plain)+aead.Overhead())
	copy(out, nonce)
	return aead.Seal(out, nonce, plain, aad), nil
}

// OpenFile is the inverse of SealFile; it fails when a byte of the file or the AAD differs.
func (k Key) OpenFile(sealed, aad []byte) ([]byte, error) {
	aead, err := k.fileAEAD()
	if err != nil {
		return nil, err
	}
	return open(aead, sealed, aad)
}

func (k Key) fileAEAD() (cipher.AEAD, error) {
	if k.parts == nil {
		return nil, errors.New("a file without a key")
	}
	return newAEAD(k.MAC("daka/file/1", nil))
}
