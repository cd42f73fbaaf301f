package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sallyport/conf"
)

// stanza returns a key's table of a keys file.
func stanza(k *conf.APIKey) string {
	var b strings.Builder
	fmt.Fprintf(&b, "[%s]\n", k.ID)
	if len(k.Digest) == 1 {
		fmt.Fprintf(&b, "digest = %s\n", quoted(k.Digest[0]))
	} else {
		fmt.Fprintf(&b, "digest = %s\n", quotedList(k.Digest))
	}
	if len(k.Scopes) > 0 {
		fmt.Fprintf(&b, "scopes = %s\n", quotedList(k.Scopes))
	}
	if !k.Expires.IsZero() {
		fmt.Fprintf(&b, "expires = %s\n", k.Expires.UTC().Format(time.RFC3339))
	}
	if k.Owner != "" {
		fmt.Fprintf(&b, "owner = %s\n", quoted(k.Owner))
	}
	return b.String()
}

// quoted returns s as a TOML string: what JSON writes for a string without controls is one.
func quoted(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic("BUG: a string has no JSON form: " + err.Error())
	}
	return string(text)
}

func quotedList(list []string) string {
	texts := make([]string, len(list))
	for i, s := range list {
		texts[i] = quoted(s)
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

// enterKey puts a key into a file, which need not exist. One of the same name gets a second digest: of two that are there,
// the older one goes. What is not said about the key anew stays.
func enterKey(file string, k *conf.APIKey) error {
	all, err := conf.LoadKeys(file)
	if _, missing := os.Stat(file); errors.Is(missing, fs.ErrNotExist) {
		all, err = map[string]*conf.APIKey{}, nil
	}
	if err != nil {
		return err
	}
	if before := all[k.ID]; before != nil {
		k.Digest = append(conf.Digests{before.Digest[len(before.Digest)-1]}, k.Digest...)
		if k.Scopes == nil {
			k.Scopes = before.Scopes
		}
		if k.Owner == "" {
			k.Owner = before.Owner
		}
	}
	all[k.ID] = k
	return writeKeys(file, all)
}

// writeKeys replaces a file of keys, whole: a gateway that watches it never reads half of it.
func writeKeys(file string, all map[string]*conf.APIKey) error {
	var stanzas []string
	for _, id := range slices.Sorted(maps.Keys(all)) {
		stanzas = append(stanzas, stanza(all[id]))
	}
	mode := fs.FileMode(0o600)
	if info, err := os.Stat(file); err == nil {
		mode = info.Mode().Perm()
	}
	temporary, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*")
	if err != nil {
		return err
	}
	_, err = temporary.WriteString(strings.Join(stanzas, "\n"))
	err = errors.Join(err, temporary.Chmod(mode), temporary.Sync(), temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), file)
	}
	if err != nil {
		os.Remove(temporary.Name())
	}
	return err
}
