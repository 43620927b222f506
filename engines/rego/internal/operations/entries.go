package operations

import (
	"fmt"
	"regexp"

	"github.com/open-policy-agent/opa/v1/ast"
)

// conftest's own patterns of the rules that it asks for (policy/engine.go).
var entryName = regexp.MustCompile(`^(deny|violation|warn)(_[a-zA-Z0-9]+)*$`)

// An entry is one rule of a module that judges inputs.
type entry struct {
	Rule     string    `json:"rule"`
	Line     int       `json:"line"`
	Metadata *metadata `json:"metadata,omitempty"`
}

type metadata struct {
	Title       string         `json:"title,omitempty"`
	Description string         `json:"description,omitempty"`
	Related     string         `json:"related,omitempty"`
	Custom      map[string]any `json:"custom,omitempty"`
}

// Two rules that no author writes collect the answers of entries, each as [module, entry, value]: one for the whole
// package, asked first, since OPA's rule index then sees all entries in one query; and one for each module, asked when
// the first breaks or takes too long.
const packageAnswers = "preadmit_answers"

func moduleAnswers(module int) string { return fmt.Sprintf("preadmit_answers_%d", module) }

// addAnswers gives a module these rules. `deny contains x if …` becomes `answers contains [m, n, x] if …`; a rule that is
// no set keeps its name and is asked for its value.
func addAnswers(m *ast.Module, number int) ([]entry, *fault) {
	entries := []entry{}
	whole := map[string]bool{}
	var added []*ast.Rule
	for _, rule := range m.Rules {
		name := string(rule.Head.Name)
		if len(rule.Head.Reference) > 1 {
			if first, ok := rule.Head.Reference[0].Value.(ast.Var); ok && entryName.MatchString(string(first)) && isIf(rule) {
				return nil, &fault{Code: "invalid", Message: fmt.Sprintf("rule %s uses 'if' without 'contains'", rule.Head.Reference), Line: rule.Location.Row}
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
		for _, collector := range []string{packageAnswers, moduleAnswers(number)} {
			added = append(added, answer(m, rule, collector, number, len(entries), set))
		}
		entries = append(entries, entry{Rule: name, Line: rule.Location.Row})
	}
	m.Rules = append(m.Rules, added...)
	return entries, nil
}

// isIf recognises conftest's "problematic if": https://github.com/open-policy-agent/opa/issues/6509
func isIf(rule *ast.Rule) bool {
	return rule.Head.Name == "" && rule.Head.Value != nil && rule.Head.Value.String() == "true"
}

func answer(m *ast.Module, rule *ast.Rule, collector string, number, index int, set bool) *ast.Rule {
	one := rule.Copy()
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
