//go:build !wasip1

// Package casetest runs the cases of an engine as Go tests.
package casetest

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"preadmit.dev/engines/abi"
)

// Run runs every case below a folder and compares the answers with expected.json, value by value. With
// UPDATE=1 in the environment it writes what it got instead: read the difference before you commit it.
func Run(t *testing.T, ops map[string]abi.Op, folder string) {
	t.Helper()
	cases, err := abi.ReadCases(folder)
	if err != nil {
		t.Fatal(err)
	}
	if len(cases) == 0 {
		t.Fatalf("no cases in %s", folder)
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			answers, err := c.Answers(ops)
			if err != nil {
				t.Fatal(err)
			}
			if os.Getenv("UPDATE") != "" {
				update(t, filepath.Join(folder, c.Name, "expected.json"), answers)
				return
			}
			if len(answers) != len(c.Expected) {
				t.Fatalf("%d answers, %d expected", len(answers), len(c.Expected))
			}
			for i, answer := range answers {
				if got, want := canonical(t, answer), canonical(t, c.Expected[i]); !bytes.Equal(got, want) {
					t.Errorf("request %d\n got %s\nwant %s", i, got, want)
				}
			}
		})
	}
}

func canonical(t *testing.T, b []byte) []byte {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	out, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func update(t *testing.T, file string, answers [][]byte) {
	t.Helper()
	var b bytes.Buffer
	if len(answers) == 1 {
		b.Write(canonical(t, answers[0]))
	} else {
		b.WriteString("[\n")
		for i, answer := range answers {
			if i > 0 {
				b.WriteString(",\n")
			}
			b.Write(canonical(t, answer))
		}
		b.WriteString("\n]")
	}
	b.WriteByte('\n')
	if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
