package keys

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/gowebpki/jcs"

	"github.com/dakahq/daka/domain"
)

const (
	secretSize  = 32
	requestInfo = "daka/request/1"
	macInfo     = "daka/mac/1"
)

// Key is a subject's key. The zero Key is of no use; get one from a Store.
type Key struct{ parts *parts }

type parts struct {
	aead    cipher.AEAD
	request []byte // HKDF(secret, requestInfo)
	mac     []byte // HKDF(secret, macInfo)
}

// ID is the deterministic id of a subject's key: UUIDv8 of "daka/key/1" ‖ lp(org) ‖ subject; an organization is its own subject.
func ID(org, subject domain.ID) domain.ID {
	return domain.NewPreimage("daka/key/1").LPID(org).Raw(subject[:]).ID()
}

func newKey(secret []byte) (Key, error) {
	aead, err := newAEAD(secret)
	if err != nil {
		return Key{}, err
	}
	request, err := hkdf.Key(sha256.New, secret, nil, requestInfo, sha256.Size)
	if err != nil {
		return Key{}, fmt.Errorf("deriving the request key: %w", err)
	}
	mac, err := hkdf.Key(sha256.New, secret, nil, macInfo, sha256.Size)
	if err != nil {
		return Key{}, fmt.Errorf("deriving the key of codes: %w", err)
	}
	return Key{&parts{aead: aead, request: request, mac: mac}}, nil
}

// MAC is HMAC-SHA-256 over lp(purpose) ‖ lp(data), 32 bytes: a name or a secret that only who has the key can derive again. The zero Key gives nil.
func (k Key) MAC(purpose string, data []byte) []byte {
	if k.parts == nil {
		return nil
	}
	mac := hmac.New(sha256.New, k.parts.mac)
	var p domain.Preimage
	mac.Write(p.LP(purpose).LPBytes(data).Bytes())
	return mac.Sum(nil)
}

func newAEAD(secret []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, fmt.Errorf("making AES-256 of a key: %w", err)
	}
	return cipher.NewGCM(block)
}

// Seal encrypts a personal value: "s1." and base64url(nonce ‖ ciphertext ‖ tag), AES-256-GCM (events §3).
func (k Key) Seal(plain, aad []byte) (string, error) {
	if k.parts == nil {
		return "", errors.New("sealing without a key")
	}
	sealed := seal(k.parts.aead, plain, aad)
	return domain.SealPrefix + base64.RawURLEncoding.EncodeToString(sealed), nil
}

// Open is the inverse of Seal; it fails when a byte of the text or the AAD differs.
func (k Key) Open(text string, aad []byte) ([]byte, error) {
	body, found := strings.CutPrefix(text, domain.SealPrefix)
	if !found {
		return nil, fmt.Errorf("the sealed value does not start with %q", domain.SealPrefix)
	}
	if k.parts == nil {
		return nil, errors.New("opening without a key")
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(body)
	if err != nil {
		return nil, fmt.Errorf("the sealed value is not base64url: %w", err)
	}
	return open(k.parts.aead, sealed, aad)
}

func seal(aead cipher.AEAD, plain, aad []byte) []byte {
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(plain)+aead.Overhead())
	_, _ = rand.Read(nonce) // never fails (crypto/rand)
	return aead.Seal(nonce, nonce, plain, aad)
}

func open(aead cipher.AEAD, sealed, aad []byte) ([]byte, error) {
	if len(sealed) < aead.NonceSize()+aead.Overhead() {
		return nil, errors.New("the sealed value is too short")
	}
	nonce, body := sealed[:aead.NonceSize()], sealed[aead.NonceSize():]
	plain, err := aead.Open(nil, nonce, body, aad)
	if err != nil {
		return nil, errors.New("the sealed value was changed, or sealed under another key or for another place")
	}
	return plain, nil
}

// RequestHash is the lower-case hex of the HMAC over method, path (`me` resolved) and the RFC 8785 form of a JSON
// body, empty for none (events §2).
func RequestHash(key Key, method, path string, body []byte) (string, error) {
	canonical := body
	if len(body) > 0 {
		var err error
		if canonical, err = jcs.Transform(body); err != nil {
			return "", fmt.Errorf("the body has no RFC 8785 form: %w", err)
		}
	}
	return requestHash(key, method, path, canonical)
}

// DerivedHash is RequestHash for a command id that was derived: its preimage stands in the body's place (events §2).
func DerivedHash(key Key, method, path string, preimage []byte) (string, error) {
	return requestHash(key, method, path, preimage)
}

func requestHash(key Key, method, path string, body []byte) (string, error) {
	if key.parts == nil {
		return "", errors.New("hashing a request without a key")
	}
	mac := hmac.New(sha256.New, key.parts.request)
	var p domain.Preimage
	mac.Write(p.LP(method).LP(path).LPBytes(body).Bytes())
	return hex.EncodeToString(mac.Sum(nil)), nil
}
