// Package apikey makes API keys and takes them apart. A key reads
//
//	spk_ID_SECRET
//
// where SECRET is 256 random bits and a checksum, in base62. The prefix lets scanners find keys that have leaked, the id
// tells which one it is, and the checksum tells a mistyped or invented key from a real one without looking it up. What is
// kept of a key is its digest; since the secret is random, a plain SHA-256 is enough.
package apikey

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"math/big"
	"strings"
)

const (
	prefix   = "spk_"
	random   = 43 // letters that hold 256 bits
	checksum = 6  // letters that hold 32 bits
	maxID    = 64
	alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// MaxLen is the length of the longest key, in bytes.
const MaxLen = len(prefix) + maxID + 1 + random + checksum

// New makes a key for an id of letters, digits, '-' and '_'.
func New(id string) (string, error) {
	if !validID(id) {
		return "", fmt.Errorf("%q is not the id of a key: 1 to %d letters, digits, - and _", id, maxID)
	}
	secret := make([]byte, 32)
	rand.Read(secret)
	body := prefix + id + "_" + base62(new(big.Int).SetBytes(secret), random)
	return body + base62(big.NewInt(int64(crc32.ChecksumIEEE([]byte(body)))), checksum), nil
}

func validID(id string) bool {
	for i := range len(id) {
		if c := id[i]; c != '-' && c != '_' && strings.IndexByte(alphabet, c) < 0 {
			return false
		}
	}
	return id != "" && len(id) <= maxID
}

func base62(n *big.Int, length int) string {
	b := make([]byte, length)
	base, digit := big.NewInt(int64(len(alphabet))), new(big.Int)
	for i := range b {
		n.DivMod(n, base, digit)
		b[length-1-i] = alphabet[digit.Int64()]
	}
	return string(b)
}

// WellFormed tells whether key has the form of a key and the right checksum. It allocates nothing.
func WellFormed(key []byte) bool {
	n := len(key)
	if n > MaxLen || n < len(prefix)+1+1+random+checksum || string(key[:len(prefix)]) != prefix || key[n-checksum-random-1] != '_' {
		return false
	}
	sum := uint64(0)
	for _, c := range key[n-checksum:] {
		v := strings.IndexByte(alphabet, c)
		if v < 0 {
			return false
		}
		sum = sum*uint64(len(alphabet)) + uint64(v)
	}
	return sum == uint64(crc32.ChecksumIEEE(key[:n-checksum]))
}

// Sum is the digest of a key.
type Sum [sha256.Size]byte

// SumOf returns the digest of a key.
func SumOf(key []byte) Sum { return sha256.Sum256(key) }

// Digest returns the digest as it stands in a keys file.
func (s Sum) Digest() string { return "sha256:" + hex.EncodeToString(s[:]) }

// ParseDigest reads what Digest returns.
func ParseDigest(text string) (Sum, error) {
	var s Sum
	digits, found := strings.CutPrefix(text, "sha256:")
	if b, err := hex.DecodeString(digits); found && err == nil && len(b) == len(s) {
		return Sum(b), nil
	}
	return s, fmt.Errorf("%q is not a digest", text)
}
