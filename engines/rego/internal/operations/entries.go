package operations

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// conftest's own patterns of the rules that it asks for (policy/engine.go).
var entryName = regexp.MustCompile(`^(deny|violation|warn)(_[a-zA-Z0-9]+)*$`)

// An entry is one rule of a module that judges inputs.
type entry struct {
	Rule     string    `json:"rule"`
	Line     int       `json:"line"`
	Metadata *metadata `json:"metadata,omitempty"`
	// whole is set for a rule that is no set: its answer is its value.
	whole bool
}

type metadata struct {
	Title       string         `json:"title,omitempty"`
	Description string         `json:"description,omitempty"`
	Related     string         `json:"related,omitempty"`
	Custom      map[string]any `json:"custom,omitempty"`
}

// A rule that no author writes collects the answers of a package's entries, each as [module, entry, value]: OPA's rule
// index then sees all of them in one query. Where that query breaks, each module is asked by a rule of its own.
const packageAnswers = "preadmit_answers"

func moduleAnswers(module int) string { return fmt.Sprintf("preadmit_answers_%d", module) }

// findEntries are a module's entries, and the rule of each. A rule that is no set is one entry, however often it stands.
func findEntries(m *ast.Module) ([]entry, []*ast.Rule, *fault) {
	entries := []entry{}
	var rules []*ast.Rule
	whole := map[string]bool{}
	for _, rule := range m.Rules {
		name := string(rule.Head.Name)
		if len(rule.Head.Reference) > 1 {
			if first, ok := rule.Head.Reference[0].Value.(ast.Var); ok && entryName.MatchString(string(first)) && isIf(rule) {
				return nil, nil, &fault{Code: "invalid", Message: fmt.Sprintf("rule %s uses 'if' without 'contains'", rule.Head.Reference), Line: rule.Location.Row}
			}
		}
		if !entryName.MatchString(name) || rule.Default {
			continue
		}
		set := rule.Head.RuleKind() == ast.MultiValue
		if !set && whole[name] {
			continue
		}
		whole[name] = whole[name] || !set
		entries = append(entries, entry{Rule: name, Line: rule.Location.Row, whole: !set})
		rules = append(rules, rule)
	}
	return entries, rules, nil
}

// withAnswers is a module with a rule that collects the answers of its entries, and without the rules that nobody reads.
func withAnswers(m *ast.Module, number int, collector string, entries []*ast.Rule, unread map[*ast.Rule]bool) *ast.Module {
	out := *m
	out.Rules = make([]*ast.Rule, 0, len(m.Rules)+len(entries))
	for _, rule := range m.Rules {
		if !unread[rule] {
			out.Rules = append(out.Rules, rule)
		}
	}
	out.Annotations = slices.Clone(m.Annotations)
	for index, rule := range entries {
		one := answer(m, rule, collector, number, index)
		out.Rules = append(out.Rules, one)
		out.Annotations = append(out.Annotations, annotationsFor(rule, one)...)
	}
	return &out
}

// annotationsFor a copy of a rule: what rego.metadata.rule() answers there.
func annotationsFor(rule, one *ast.Rule) (copies []*ast.Annotations) {
	for _, a := range rule.Annotations {
		if a.Scope == "rule" {
			copies = append(copies, a.Copy(one))
		}
	}
	return copies
}

// isIf recognises conftest's "problematic if": https://github.com/open-policy-agent/opa/issues/6509
func isIf(rule *ast.Rule) bool {
	return rule.Head.Name == "" && rule.Head.Value != nil && rule.Head.Value.String() == "true"
}

// answer makes `answers contains [m, n, x] if …` of `deny contains x if …`; a rule that is no set is asked for its value.
func answer(m *ast.Module, rule *ast.Rule, collector string, number, index int) *ast.Rule {
	one := rule.Copy()
	set := rule.Head.RuleKind() == ast.MultiValue
	value := ast.NewTerm(append(append(ast.Ref{}, m.Package.Path...), ast.StringTerm(string(rule.Head.Name))))
	if set {
		value = one.Head.Key
	} else {
		one.Body = ast.NewBody(ast.NewExpr(ast.BooleanTerm(true)))
		one.Else = nil
	}
	name := ast.Var(collector)
	one.Head = &ast.Head{
		Name:      name,
		Reference: ast.Ref{ast.NewTerm(name)},
		Key:       ast.ArrayTerm(ast.InternedTerm(number), ast.InternedTerm(index), value),
		Location:  rule.Head.Location,
	}
	one.Annotations = nil
	one.Module = m
	return one
}

func describe(set *ast.AnnotationSet, rule *ast.Rule) *metadata {
	var out metadata
	for _, ref := range set.Chain(rule) {
		a := ref.Annotations
		if a == nil {
			continue
		}
		if out.Title == "" {
			out.Title = shorten(a.Title)
		}
		if out.Description == "" {
			out.Description = shorten(a.Description)
		}
		if out.Related == "" && len(a.RelatedResources) > 0 {
			out.Related = a.RelatedResources[0].Ref.String()
		}
		for key, value := range a.Custom {
			if _, known := out.Custom[key]; known {
				continue
			}
			if out.Custom == nil {
				out.Custom = map[string]any{}
			}
			out.Custom[key] = value
		}
	}
	if out.Title == "" && out.Description == "" && out.Related == "" && out.Custom == nil {
		return nil
	}
	return &out
}
