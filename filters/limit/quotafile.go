package limit

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The file of quotas, in the folder for what survives a restart, is lines of text. One names a quota, and those behind it
// are what was counted for it: the digest of a key, the end of the window, and the count.
//
//	quota "partners" day
//	5f1d... 1767225600 17
const quotaFile = "quotas"

// savedQuotas is what a file says, by the line that names the quota.
type savedQuotas map[string][]savedCount

type savedCount struct {
	digest     digest
	end, count int64
}

func quotaLine(name string, monthly bool) string {
	if monthly {
		return "quota " + strconv.Quote(name) + " month"
	}
	return "quota " + strconv.Quote(name) + " day"
}

// LoadQuotas reads what the process before has counted. It is called once, before the first table is compiled. A file
// that is damaged is read as far as it can be; the error says from where on it cannot.
func (m *Memory) LoadQuotas(folder string) error {
	text, err := os.ReadFile(filepath.Join(folder, quotaFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("quotas: %w", err)
	}
	if m.saved, err = readQuotas(bytes.NewReader(text)); err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(folder, quotaFile), err)
	}
	return nil
}

func readQuotas(r io.Reader) (savedQuotas, error) {
	saved, quota := savedQuotas{}, ""
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		if strings.HasPrefix(line, "quota ") {
			quota = line
			continue
		}
		c, ok := parseCount(line)
		if !ok || quota == "" {
			return saved, fmt.Errorf("line %d is not a count: %.80q", n, line)
		}
		saved[quota] = append(saved[quota], c)
	}
	return saved, lines.Err()
}

func parseCount(line string) (c savedCount, ok bool) {
	words := strings.Split(line, " ")
	if len(words) != 3 || len(words[0]) != hex.EncodedLen(len(c.digest)) {
		return c, false
	}
	_, err := hex.Decode(c.digest[:], []byte(words[0]))
	end, err2 := strconv.ParseInt(words[1], 10, 64)
	count, err3 := strconv.ParseInt(words[2], 10, 64)
	c.end, c.count = end, count
	return c, err == nil && err2 == nil && err3 == nil && end >= 0 && count >= 0
}

// restore counts in a new quota what a file said of it.
func (s savedQuotas) restore(q *quota, name string) {
	now := time.Now().Unix()
	for _, saved := range s[quotaLine(name, q.calendar.monthly)] {
		if saved.end <= now || saved.end > q.calendar.window(now).end {
			continue
		}
		c := q.open(saved.digest, saved.end, now)
		c.Words[quotaCount] += saved.count
		c.Close()
	}
}

// SaveQuotas writes what is counted, for the process after this one. A crash loses what was counted since the last time,
// so it is called every few seconds and at the end; it writes nothing when nothing was counted.
func (m *Memory) SaveQuotas(folder string) error {
	m.saving.Lock()
	defer m.saving.Unlock()
	text := m.quotaText()
	if bytes.Equal(text, m.written) {
		return nil
	}
	if err := replaceFile(filepath.Join(folder, quotaFile), text); err != nil {
		return fmt.Errorf("quotas: %w", err)
	}
	m.written = text
	return nil
}

func (m *Memory) quotaText() []byte {
	var b bytes.Buffer
	now := time.Now().Unix()
	for _, name := range slices.Sorted(maps.Keys(m.quotas)) {
		q := m.quotas[name].limit.limiter.(*quota)
		b.WriteString(quotaLine(name, q.calendar.monthly) + "\n")
		q.table.Each(now, func(words []int64) {
			var d digest
			binary.LittleEndian.PutUint64(d[:8], uint64(words[quotaDigest]))
			binary.LittleEndian.PutUint64(d[8:], uint64(words[quotaDigest+1]))
			fmt.Fprintf(&b, "%x %d %d\n", d, words[quotaEnd], words[quotaCount])
		})
	}
	return b.Bytes()
}

// replaceFile writes a file whole or not at all.
func replaceFile(name string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
