package auth

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/filters/auth/revocation"
	"sallyport/internal/wire"
)

const (
	maxCredentials = 1 << 10 // bytes of user, colon and password in base64
	passwordLife   = 10 * 60 // seconds for which a password that was right is not computed again
	passwordCost   = 100     // what a wrong one costs, in bad signatures
	passwordWait   = time.Second
)

// basic knows callers by user name and password (RFC 7617). Passwords are slow to compute on purpose, so one that was
// right is remembered by a keyed hash, and only so many are computed at the same time.
type basic struct {
	set       *Set
	name      string
	realm     string
	users     atomic.Pointer[users]
	computing chan struct{}
}

// users are the digests of one reading of the file.
type users struct {
	id      uint64 // stands for the file's content in records
	digests map[string]digest
	any     digest // what an unknown user's password is compared with, so that it takes as long
}

// digest is what is kept of a password.
type digest interface{ matches(password []byte) bool }

func (a *Set) newBasic(c *conf.Basic, at position) *basic {
	b := &basic{set: a, name: c.Name, realm: c.Realm, computing: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)))}
	path := string(c.File)
	read := func() error {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		u, err := parseUsers(text)
		if err != nil {
			return fmt.Errorf("%s:%w", filepath.Base(path), err)
		}
		b.users.Store(u)
		return nil
	}
	if err := read(); err != nil {
		a.problem(at("file"), "%v", err)
	}
	a.files.add(path, read)
	return b
}

// parseUsers reads lines of user:digest. Empty lines and those that begin with # are skipped.
func parseUsers(text []byte) (*users, error) {
	sum := sha256.Sum256(text)
	u := &users{id: binary.BigEndian.Uint64(sum[:]), digests: map[string]digest{}}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		name, written, found := strings.Cut(line, ":")
		if !found || name == "" {
			return nil, fmt.Errorf("%d: not user:digest", n)
		}
		if u.digests[name] != nil {
			return nil, fmt.Errorf("%d: the user %q is there twice", n, name)
		}
		d, err := parseDigest(written)
		if err != nil {
			return nil, fmt.Errorf("%d: the digest of %q: %w", n, name, err)
		}
		u.digests[name], u.any = d, d
	}
	if u.any == nil {
		return nil, errors.New("1: there is no user in it")
	}
	return u, lines.Err()
}

func parseDigest(text string) (digest, error) {
	switch {
	case strings.HasPrefix(text, "$argon2id$"):
		return parseArgon2(text)
	case strings.HasPrefix(text, "$2a$"), strings.HasPrefix(text, "$2b$"), strings.HasPrefix(text, "$2y$"):
		if cost, err := bcrypt.Cost([]byte(text)); err != nil || cost > 16 {
			return nil, fmt.Errorf("not a bcrypt digest of a cost up to 16: %w", err)
		}
		return bcryptDigest(text), nil
	}
	return nil, errors.New("neither argon2id nor bcrypt; passwords are not kept any other way")
}

type bcryptDigest []byte

func (d bcryptDigest) matches(password []byte) bool {
	return len(password) <= 72 && bcrypt.CompareHashAndPassword(d, password) == nil
}

// argon2Digest is $argon2id$v=19$m=KIBIBYTES,t=PASSES,p=LANES$SALT$HASH.
type argon2Digest struct {
	memory, passes uint32
	lanes          uint8
	salt, hash     []byte
}

func parseArgon2(text string) (digest, error) {
	var d argon2Digest
	part := strings.Split(text, "$")
	if len(part) != 6 || part[2] != "v=19" {
		return nil, errors.New("not of the form $argon2id$v=19$m=65536,t=3,p=4$SALT$HASH")
	}
	if _, err := fmt.Sscanf(part[3], "m=%d,t=%d,p=%d", &d.memory, &d.passes, &d.lanes); err != nil {
		return nil, fmt.Errorf("%q is not of the form m=65536,t=3,p=4", part[3])
	}
	if d.memory < 8 || d.memory > 256<<10 || d.passes < 1 || d.passes > 16 || d.lanes < 1 {
		return nil, fmt.Errorf("%q: memory is 8 KiB to 256 MiB, and there are 1 to 16 passes", part[3])
	}
	var err1, err2 error
	d.salt, err1 = base64.RawStdEncoding.DecodeString(part[4])
	d.hash, err2 = base64.RawStdEncoding.DecodeString(part[5])
	if err1 != nil || err2 != nil || len(d.salt) < 8 || len(d.hash) < 16 || len(d.hash) > 64 {
		return nil, errors.New("salt or hash is not base64, or too short")
	}
	return &d, nil
}

func (d *argon2Digest) matches(password []byte) bool {
	hash := argon2.IDKey(password, d.salt, d.passes, d.memory, d.lanes, uint32(len(d.hash)))
	return subtle.ConstantTimeCompare(hash, d.hash) == 1
}

// identify implements way.
func (b *basic) identify(x *filters.Exchange, keep bool) outcome {
	value := x.Request.Value(wire.Authorization)
	scheme, text, _ := bytes.Cut(value, space)
	if !wire.EqualFold(scheme, "basic") {
		return absent
	}
	if len(text) == 0 || len(text) > maxCredentials {
		return malformed
	}
	now := x.Start.Unix()
	u := b.users.Load()
	key := b.set.state.key(x, 'b', text).With(u.id)
	var r record
	if kept := b.set.state.tokens.Get(&key, x.Scratch[:0], now); kept != nil {
		x.Scratch = kept
		if r.read(kept); now < r.fresh && r.issuer == u.id {
			return b.enter(x, &r, keep)
		}
	}
	user, o := b.first(x, text, u)
	if o != accepted {
		return o
	}
	r = record{issuer: u.id, fresh: now + passwordLife, subject: user}
	r.revocable[1] = b.set.state.revocations.Hash(revocation.Subject, b.name, user)
	x.Scratch = r.append(x.Scratch[:0])
	b.set.state.tokens.Put(&key, x.Scratch, now)
	return b.enter(x, &r, keep)
}

func (b *basic) enter(x *filters.Exchange, r *record, keep bool) outcome {
	if b.set.state.revoked(r) {
		return revoked
	}
	if keep {
		r.fill(&x.Identity, b.name)
	}
	return accepted
}

// first computes a password that is not known to be right: a cold path.
func (b *basic) first(x *filters.Exchange, text []byte, u *users) ([]byte, outcome) {
	clear, err := base64.StdEncoding.Strict().AppendDecode(nil, text)
	user, password, found := bytes.Cut(clear, []byte{':'})
	if err != nil || !found || len(user) == 0 || bytes.IndexByte(clear, 0) >= 0 {
		return nil, malformed
	}
	if b.set.state.budget.spent(x) {
		return nil, throttled
	}
	select {
	case b.computing <- struct{}{}:
	case <-time.After(passwordWait): // a password takes long, and a queue of them would take longer
		return nil, unavailable
	}
	d := u.digests[string(user)]
	known := d != nil
	if !known {
		d = u.any
	}
	right := d.matches(password)
	<-b.computing
	if !known || !right {
		b.set.state.budget.chargeN(x, passwordCost)
		return nil, badSignature
	}
	return user, accepted
}

// challenge implements way (RFC 7617 section 2).
func (b *basic) challenge(outcome) string {
	return "Basic realm=" + strconv.Quote(b.realm) + `, charset="UTF-8"`
}
