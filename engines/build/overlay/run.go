package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const (
	rulesFile = "overlay-rules.json"
	outDir    = "overlay"
	// The underscore keeps `go build ./...` from taking the edited files for a package of the engine.
	editedDir = outDir + "/_edited"
)

// run applies the rules of an engine and answers how many files its overlay replaces.
func run(engine string, record bool) (int, error) {
	rules, err := readRules(filepath.Join(engine, rulesFile))
	if err != nil {
		return 0, err
	}
	guard, err := readGuard(engine)
	if err != nil {
		return 0, err
	}
	o := &overlay{engine: engine, guard: guard, record: record, replace: map[string]string{}}
	if err := os.RemoveAll(filepath.Join(engine, outDir)); err != nil {
		return 0, err
	}
	if err := os.MkdirAll(filepath.Join(engine, editedDir), 0o755); err != nil {
		return 0, err
	}
	for _, rule := range rules {
		if err := o.apply(rule); err != nil {
			return 0, err
		}
	}
	if err := guard.finish(record); err != nil {
		return 0, err
	}
	return len(o.replace), o.write()
}

// overlay collects what `go build -overlay` reads.
type overlay struct {
	engine  string
	guard   *guard
	record  bool
	replace map[string]string
	goroot  string
}

func (o *overlay) apply(rule Rule) error {
	if rule.Add != "" {
		return o.add(rule)
	}
	files, err := o.files(rule)
	if err != nil {
		return err
	}
	for _, file := range files {
		if err := o.edit(rule, file); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return nil
}

func (o *overlay) add(rule Rule) error {
	base, err := o.base(rule)
	if err != nil {
		return err
	}
	if _, err := os.Stat(o.onDisk(filepath.Join(base, rule.File))); err == nil {
		// A dropped directory may be refilled; everything else would hide a file that nobody hashed.
		if to, dropped := o.replace[filepath.Join(base, rule.File)]; !dropped || to != "" {
			return fmt.Errorf("%s: upstream has this file now; add replaces nothing", rule.File)
		}
	}
	return o.put(filepath.Join(base, rule.File), rule.File, []byte(rule.Add))
}

func (o *overlay) edit(rule Rule, file string) error {
	base, err := o.base(rule)
	if err != nil {
		return err
	}
	path := filepath.Join(base, file)
	if _, twice := o.replace[path]; twice {
		return fmt.Errorf("two rules edit this file")
	}
	source, err := os.ReadFile(o.onDisk(path))
	if err != nil {
		return err
	}
	name := file
	if rule.Std {
		name = "std/" + file
	}
	o.guard.check(name, source)
	if rule.Drop {
		o.replace[path] = ""
		return nil
	}
	edited, err := editSource(file, source, rule)
	if err != nil {
		return err
	}
	return o.put(path, file, edited)
}

// put writes an edited file; its name keeps the package path readable in compiler messages.
func (o *overlay) put(path, file string, text []byte) error {
	to := filepath.Join(editedDir, strings.ReplaceAll(file, "/", "__"))
	o.replace[path] = to
	return os.WriteFile(filepath.Join(o.engine, to), text, 0o644)
}

// files answers the names that a rule edits, below its base and in byte order.
func (o *overlay) files(rule Rule) ([]string, error) {
	base, err := o.base(rule)
	if err != nil {
		return nil, err
	}
	pattern := rule.File
	if rule.Directory != "" {
		pattern = rule.Directory + "/*.go"
	}
	if !strings.ContainsAny(pattern, "*?[") {
		return []string{pattern}, nil
	}
	names, err := fs.Glob(os.DirFS(o.onDisk(base)), pattern)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", pattern, err)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s: no such file", pattern)
	}
	return names, nil
}

// base is the folder of a rule's names: relative to the engine, where Go runs, or the absolute one of Go itself.
func (o *overlay) base(rule Rule) (string, error) {
	if !rule.Std {
		return "vendor", nil
	}
	if o.goroot == "" {
		answer, err := exec.Command("go", "env", "GOROOT").Output()
		if err != nil {
			return "", fmt.Errorf("go env GOROOT: %w", err)
		}
		o.goroot = strings.TrimSpace(string(answer))
	}
	return filepath.Join(o.goroot, "src"), nil
}

func (o *overlay) onDisk(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(o.engine, path)
}

func (o *overlay) write() error {
	text, err := json.MarshalIndent(map[string]any{"Replace": o.replace}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(o.engine, outDir, "overlay.json"), append(text, '\n'), 0o644)
}
