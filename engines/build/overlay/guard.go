package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

const hashesFile = "overlay-hashes.json"

// guard compares the upstream files with the ones that the rules were written for: overlay-hashes.json, file name to
// SHA-256 in hex. A file that changed upstream is read again by a person before it is edited.
type guard struct {
	file     string
	expected map[string]string
	seen     map[string]string
}

func readGuard(engine string) (*guard, error) {
	g := &guard{file: filepath.Join(engine, hashesFile), expected: map[string]string{}, seen: map[string]string{}}
	raw, err := os.ReadFile(g.file)
	if errors.Is(err, fs.ErrNotExist) {
		return g, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, &g.expected); err != nil {
		return nil, fmt.Errorf("%s: %w", hashesFile, err)
	}
	return g, nil
}

func (g *guard) check(name string, source []byte) {
	sum := sha256.Sum256(source)
	g.seen[name] = hex.EncodeToString(sum[:])
}

// finish fails naming every file that differs, is new or is no longer edited; with record it writes what was seen.
func (g *guard) finish(record bool) error {
	if record {
		return g.write()
	}
	var wrong []string
	for name, hash := range g.seen {
		switch g.expected[name] {
		case hash:
		case "":
			wrong = append(wrong, name+" (has no recorded hash)")
		default:
			wrong = append(wrong, name+" (changed upstream)")
		}
	}
	for name := range g.expected {
		if _, used := g.seen[name]; !used {
			wrong = append(wrong, name+" (no rule edits it any more)")
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	sort.Strings(wrong)
	return fmt.Errorf("read these files again, then run with --record:\n  %s", strings.Join(wrong, "\n  "))
}

func (g *guard) write() error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(g.seen); err != nil {
		return err
	}
	return os.WriteFile(g.file, text.Bytes(), 0o644)
}
