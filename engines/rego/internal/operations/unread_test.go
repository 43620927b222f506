package operations

import (
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Which rules are left to be compiled decides whether a reader sees them: a rule that is read and left out would be
// undefined there, which looks like a pass.
func TestUnreadEntries(t *testing.T) {
	const denies = "package main\n\ndeny contains \"a\" if input.a\n"
	// A module that OPA parses and that is left out for another reason.
	const leftOut = "# left out\n"
	cases := map[string]struct {
		modules []string
		unread  []string
	}{
		"nothing reads it":                     {[]string{denies}, []string{"main.deny"}},
		"each of several rules":                {[]string{denies + "warn contains \"b\" if input.b\n"}, []string{"main.deny", "main.warn"}},
		"two rules of one name":                {[]string{denies + "deny contains \"b\" if input.b\n"}, []string{"main.deny", "main.deny"}},
		"by name in its own module":            {[]string{denies + "warn contains \"b\" if count(deny) > 0\n"}, []string{"main.warn"}},
		"by name in a module of its package":   {[]string{denies, "package main\n\nwarn contains \"b\" if deny[\"a\"]\n"}, []string{"main.warn"}},
		"by name in an else":                   {[]string{denies + "p := 1 if input.b\nelse := 2 if deny[\"a\"]\n"}, nil},
		"by name in a head":                    {[]string{denies + "p := count(deny)\n"}, nil},
		"by name in a key":                     {[]string{denies + "p[x] := 1 if {\n\tx := deny\n}\n"}, nil},
		"by name in the key of a set":          {[]string{denies + "p contains deny if input.b\n"}, nil},
		"by name in the path of a rule":        {[]string{denies + "p[deny] := 1 if input.b\n"}, nil},
		"as the name of an argument":           {[]string{denies + "f(deny) := 1\n"}, nil},
		"by name in a comprehension":           {[]string{denies + "p := [x | some x in deny]\n"}, nil},
		"by name in a with":                    {[]string{denies + "p if input.c with data.main.deny as set()\n"}, nil},
		"by its whole path":                    {[]string{denies, "package other\n\np if count(data.main.deny) > 0\n"}, nil},
		"by its package":                       {[]string{denies, "package other\n\np := data.main\n"}, nil},
		"by all of data":                       {[]string{denies, "package other\n\np := data[x].deny if some x\n"}, nil},
		"by a variable in its path":            {[]string{denies, "package other\n\np := data.main[input.rule]\n"}, nil},
		"by an import":                         {[]string{denies, "package other\n\nimport data.main.deny\n\np := deny\n"}, nil},
		"by an import of its package":          {[]string{denies, "package other\n\nimport data.main\n\np := main.deny\n"}, nil},
		"another package of the same start":    {[]string{denies, "package other\n\np := data.mainly.deny\n"}, []string{"main.deny"}},
		"another rule of its package":          {[]string{denies + "p := 1\n", "package other\n\nq := data.main.p\n"}, []string{"main.deny"}},
		"a package stands where the rule does": {[]string{denies, "package main.deny.more\n\np contains 1\n"}, nil},
		"another rule of its name is no set":   {[]string{denies, "package main\n\ndeny := 1 if input.b\n"}, nil},
		"what is not compiled reads nothing":   {[]string{denies, leftOut + "package other\n\np := data.main.deny\n"}, []string{"main.deny"}},
		"what is not compiled is not read":     {[]string{leftOut + denies}, nil},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			authors, results := make([]authored, len(test.modules)), make([]moduleResult, len(test.modules))
			for i, text := range test.modules {
				authors[i].module, results[i].Fault = parse("m.rego", text)
				if results[i].Fault == nil {
					results[i].Entries, authors[i].entries, results[i].Fault = findEntries(authors[i].module)
				}
				if strings.HasPrefix(text, leftOut) {
					results[i].Fault = &fault{Code: "dependency"}
				}
			}
			var unread []string
			for rule := range unreadEntries(authors, results) {
				unread = append(unread, strings.TrimPrefix(pathOf(rule), "data."))
			}
			slices.Sort(unread)
			if !slices.Equal(unread, test.unread) {
				t.Errorf("unread are %v, not %v", unread, test.unread)
			}
		})
	}
}

func pathOf(rule *ast.Rule) string { return below(rule.Module.Package.Path, rule.Head.Name).String() }
