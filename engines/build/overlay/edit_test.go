package main

import (
	"strings"
	"testing"
)

const source = `// Package a does things.
package a

import (
	"fmt"
	"net/http"
	yaml "gopkg.in/yaml.v3"
)

// Limit is a number.
const Limit = 3

// Client talks.
type Client struct{ http *http.Client }

// Get gets.
func (c *Client) Get(url string) error {
	// a comment inside
	_, err := c.http.Get(url)
	return err
}

// Print prints.
func Print(v any) { b, _ := yaml.Marshal(v); fmt.Println(string(b), Limit) }
`

func TestEditSource(t *testing.T) {
	for name, c := range map[string]struct {
		rule        Rule
		want, wrong []string
		err         string
	}{
		"remove prunes imports and comments": {
			rule:  Rule{Remove: []string{"Client", "Client.Get"}},
			want:  []string{`"fmt"`, "// Print prints.", `yaml "gopkg.in/yaml.v3"`},
			wrong: []string{"net/http", "a comment inside", "Client talks"},
		},
		"remove of a constant": {
			rule:  Rule{Remove: []string{"Limit"}, Substitute: []Substitution{{Old: "(string(b), Limit)", New: "(string(b))"}}},
			wrong: []string{"Limit"},
		},
		"keepOnly keeps methods of a type": {
			rule:  Rule{KeepOnly: []string{"Client"}},
			want:  []string{"func (c *Client) Get", "net/http"},
			wrong: []string{"Print", "yaml", "Limit"},
		},
		"unknown declaration": {rule: Rule{Remove: []string{"Nothing"}}, err: "no such declaration: Nothing"},
		"body": {
			rule: Rule{Body: map[string]Text{"Client.Get": "\treturn hook(url)"}, Append: "\nvar hook func(string) error\n"},
			want: []string{"func (c *Client) Get(url string) error {\n\treturn hook(url)\n}", "var hook"}, wrong: []string{"c.http.Get"},
		},
		"unknown body":    {rule: Rule{Body: map[string]Text{"Set": ""}}, err: "not there"},
		"pattern":         {rule: Rule{Substitute: []Substitution{{Pattern: `(?s)_, err := .*?\n\treturn err`, New: "return nil"}}}, want: []string{"return nil"}, wrong: []string{"c.http.Get(url)"}},
		"pattern's group": {rule: Rule{Substitute: []Substitution{{Pattern: `const (\w+) = 3`, New: "const ${1} = 4"}}}, want: []string{"const Limit = 4"}},
		"too often":       {rule: Rule{Substitute: []Substitution{{Old: "Limit", New: "Bound"}}}, err: "found 3 times instead of 1"},
		"counted":         {rule: Rule{Substitute: []Substitution{{Old: "Limit", New: "Bound", Count: 3}}}, want: []string{"const Bound = 3"}},
		"not there":       {rule: Rule{Substitute: []Substitution{{Old: "Gone", New: ""}}}, err: "found 0 times"},
		"no Go any more":  {rule: Rule{Substitute: []Substitution{{Old: "type Client struct", New: "type Client"}}}, err: "after the substitutions"},
		"import": {
			rule: Rule{Import: []string{"strings", "x os"}, Append: "\nvar _ = strings.ToUpper(x.Args[0])\n"},
			want: []string{`"strings"`, `x "os"`},
		},
		"unused import is pruned": {rule: Rule{Import: []string{"strings"}}, wrong: []string{"strings"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := editSource("a.go", []byte(source), c.rule)
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Fatalf("error %v instead of %q", err, c.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range c.want {
				if !strings.Contains(string(got), want) {
					t.Errorf("lacks %q:\n%s", want, got)
				}
			}
			for _, wrong := range c.wrong {
				if strings.Contains(string(got), wrong) {
					t.Errorf("still has %q:\n%s", wrong, got)
				}
			}
		})
	}
}
