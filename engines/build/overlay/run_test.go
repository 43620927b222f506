package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// engine writes a small engine directory and answers its path.
func engine(t *testing.T, rules string, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	put(t, dir, rulesFile, rules)
	for name, text := range files {
		put(t, dir, name, text)
	}
	return dir
}

func put(t *testing.T, dir, name, text string) {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func replacements(t *testing.T, dir string) map[string]string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, outDir, "overlay.json"))
	if err != nil {
		t.Fatal(err)
	}
	var overlay struct{ Replace map[string]string }
	if err := json.Unmarshal(raw, &overlay); err != nil {
		t.Fatal(err)
	}
	return overlay.Replace
}

var vendored = map[string]string{
	"vendor/x/a/a.go": "package a\n\nfunc F() int { return 1 }\n",
	"vendor/x/a/b.go": "package a\n\nfunc G() {}\n",
	"vendor/x/c/c.go": "package c\n",
}

const everyKind = `[
  {"why": "w", "file": "x/a/a.go", "body": {"F": "return 2"}},
  {"why": "w", "file": "x/a/b*.go", "drop": true},
  {"why": "w", "directory": "x/c", "drop": true},
  {"why": "w", "file": "x/c/new.go", "add": ["package c", "", "var X = 1"]},
  {"why": "w", "std": true, "file": "errors/errors.go", "append": "\nvar overlaid = 1\n"}
]`

func TestRun(t *testing.T) {
	dir := engine(t, everyKind, vendored)
	if _, err := run(dir, false); err == nil || !strings.Contains(err.Error(), "x/a/a.go (has no recorded hash)") {
		t.Fatalf("without hashes: %v", err)
	}
	count, err := run(dir, true)
	if err != nil || count != 5 {
		t.Fatalf("%d, %v", count, err)
	}
	if _, err := run(dir, false); err != nil {
		t.Fatal(err)
	}
	replace := replacements(t, dir)
	for _, dropped := range []string{"vendor/x/a/b.go", "vendor/x/c/c.go"} {
		if to, ok := replace[dropped]; !ok || to != "" {
			t.Errorf("%s: %q", dropped, to)
		}
	}
	edited, err := os.ReadFile(filepath.Join(dir, replace["vendor/x/a/a.go"]))
	if err != nil || !strings.Contains(string(edited), "return 2") {
		t.Errorf("%s, %v", edited, err)
	}
	added, err := os.ReadFile(filepath.Join(dir, replace["vendor/x/c/new.go"]))
	if err != nil || string(added) != "package c\n\nvar X = 1\n" {
		t.Errorf("%q, %v", added, err)
	}
}

func TestGuard(t *testing.T) {
	dir := engine(t, everyKind, vendored)
	if _, err := run(dir, true); err != nil {
		t.Fatal(err)
	}
	put(t, dir, "vendor/x/a/a.go", "package a\n\nfunc F() int { return 3 }\n")
	put(t, dir, "vendor/x/a/b2.go", "package a\n")
	_, err := run(dir, false)
	for _, want := range []string{"x/a/a.go (changed upstream)", "x/a/b2.go (has no recorded hash)"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v lacks %q", err, want)
		}
	}
	put(t, dir, rulesFile, `[{"why": "w", "file": "x/c/c.go", "drop": true}]`)
	if _, err := run(dir, false); err == nil || !strings.Contains(err.Error(), "x/a/b.go (no rule edits it any more)") {
		t.Errorf("unused hash: %v", err)
	}
}

func TestRefusedRules(t *testing.T) {
	for name, c := range map[string]struct{ rules, err string }{
		"no reason":             {`[{"file": "x/a/a.go", "drop": true}]`, "why is missing"},
		"nothing to do":         {`[{"why": "w", "file": "x/a/a.go"}]`, "nothing to do"},
		"unknown field":         {`[{"why": "w", "file": "x/a/a.go", "delete": true}]`, "unknown field"},
		"edit of a directory":   {`[{"why": "w", "directory": "x/a", "append": "x"}]`, "only be dropped"},
		"drop and edit":         {`[{"why": "w", "file": "x/a/a.go", "drop": true, "append": "x"}]`, "stand alone"},
		"remove and keepOnly":   {`[{"why": "w", "file": "x/a/a.go", "remove": ["F"], "keepOnly": ["F"]}]`, "exclude each other"},
		"old and pattern":       {`[{"why": "w", "file": "x/a/a.go", "substitute": [{"old": "a", "pattern": "a", "new": ""}]}]`, "exactly one of old and pattern"},
		"pattern without match": {`[{"why": "w", "file": "x/a/z*.go", "drop": true}]`, "no such file"},
		"missing file":          {`[{"why": "w", "file": "x/a/z.go", "drop": true}]`, "no such file"},
		"two rules":             {`[{"why": "w", "file": "x/a/a.go", "drop": true}, {"why": "w", "file": "x/a/a.go", "append": "\n"}]`, "two rules"},
		"add over a file":       {`[{"why": "w", "file": "x/a/a.go", "add": "package a\n"}]`, "upstream has this file"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := run(engine(t, c.rules, vendored), true); err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%v instead of %q", err, c.err)
			}
		})
	}
}
