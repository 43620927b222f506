package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Rule is one entry of overlay-rules.json. Exactly one of File and Directory names what it edits, below vendor/ or,
// with Std, below the src/ of the Go installation.
type Rule struct {
	// Why the edit is needed: what it keeps out or makes pure.
	Why string `json:"why"`
	// File may hold `*` and `?` as path.Match reads them; such a rule edits every match and needs at least one.
	File      string `json:"file,omitempty"`
	Directory string `json:"directory,omitempty"`
	Std       bool   `json:"std,omitempty"`

	// Drop takes the file, or every Go file of the directory, out of the build.
	Drop bool `json:"drop,omitempty"`
	// Add is the text of a file that upstream does not have (a string, or a list of lines).
	Add Text `json:"add,omitempty"`

	// The edits below are applied in this order to an existing file.
	Substitute []Substitution `json:"substitute,omitempty"`
	// Remove names top-level declarations: `Func`, `Type.Method`, a constant, variable or type.
	Remove []string `json:"remove,omitempty"`
	// KeepOnly removes every declaration but these; methods stay with a type that is named.
	KeepOnly []string `json:"keepOnly,omitempty"`
	// Body replaces what stands between the braces of functions, by name as in Remove.
	Body map[string]Text `json:"body,omitempty"`
	// Import adds imports: path, or `name path`.
	Import []string `json:"import,omitempty"`
	// Append is Go source put at the end of the file.
	Append Text `json:"append,omitempty"`
}

// Substitution replaces text. Exactly one of Old and Pattern is given.
type Substitution struct {
	Old string `json:"old,omitempty"`
	// Pattern is a regular expression (RE2; `(?s)` lets a dot match a line end); New may refer to groups as `${1}`.
	Pattern string `json:"pattern,omitempty"`
	New     Text   `json:"new"`
	// Count is how often the text must occur; 1 when absent.
	Count int `json:"count,omitempty"`
}

// Text is a string, or a list of lines that are joined and ended by line feeds.
type Text string

// UnmarshalJSON accepts both spellings.
func (t *Text) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '[' {
		var lines []string
		if err := json.Unmarshal(raw, &lines); err != nil {
			return err
		}
		*t = Text(strings.Join(lines, "\n") + "\n")
		return nil
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return err
	}
	*t = Text(s)
	return nil
}

func readRules(file string) ([]Rule, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	var rules []Rule
	if err := decoder.Decode(&rules); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(file), err)
	}
	for i, rule := range rules {
		if err := rule.check(); err != nil {
			return nil, fmt.Errorf("%s: rule %d (%s%s): %w", filepath.Base(file), i, rule.File, rule.Directory, err)
		}
	}
	return rules, nil
}

func (r Rule) check() error {
	switch {
	case r.Why == "":
		return errors.New("why is missing")
	case (r.File == "") == (r.Directory == ""):
		return errors.New("exactly one of file and directory is needed")
	case r.Directory != "" && !r.Drop:
		return errors.New("a directory can only be dropped")
	case r.Drop && (r.Add != "" || r.edits()), r.Add != "" && r.edits():
		return errors.New("drop and add stand alone")
	case !r.Drop && r.Add == "" && !r.edits():
		return errors.New("nothing to do")
	case len(r.Remove) > 0 && len(r.KeepOnly) > 0:
		return errors.New("remove and keepOnly exclude each other")
	}
	for _, s := range r.Substitute {
		if (s.Old == "") == (s.Pattern == "") {
			return errors.New("a substitution needs exactly one of old and pattern")
		}
	}
	return nil
}

func (r Rule) edits() bool {
	return len(r.Substitute)+len(r.Remove)+len(r.KeepOnly)+len(r.Body)+len(r.Import) > 0 || r.Append != ""
}
