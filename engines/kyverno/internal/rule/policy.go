// Package rule evaluates the CEL rules of ClusterPolicy and Policy. Every other kind of rule is named, not evaluated.
package rule

import (
	"encoding/json"

	kyvernov1 "github.com/kyverno/kyverno/api/kyverno/v1"
	kyvernov2 "github.com/kyverno/kyverno/api/kyverno/v2"
	autogenv1 "github.com/kyverno/kyverno/pkg/autogen/v1"
	engineutils "github.com/kyverno/kyverno/pkg/engine/utils"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"preadmit.dev/engines/kyverno/internal/subject"
)

// Policy is a ClusterPolicy or Policy.
type Policy struct {
	source     kyvernov1.PolicyInterface
	exceptions []*kyvernov2.PolicyException
	// compiled by name, because generated rules depend on the kind of the object
	compiled map[string]*compiled
}

// Description of a rule as its author wrote it.
type Description struct {
	Name string `json:"name"`
	// Type is `cel`, or the first of the other kinds of rules that it is.
	Type string `json:"type"`
	// Reason why the rule is not evaluated; empty for rules that are.
	Reason string `json:"reason,omitempty"`
}

// Compile reads the policy and compiles the rules that are CEL, for pods and for everything that makes pods, so that
// an expression with a fault is found before any object comes.
func Compile(raw json.RawMessage, kind string, exceptions []*kyvernov2.PolicyException) (*Policy, []Description, error) {
	source := empty(kind)
	if err := json.Unmarshal(raw, source); err != nil {
		return nil, nil, err
	}
	p := &Policy{source: source, exceptions: exceptions, compiled: map[string]*compiled{}}
	descriptions := make([]Description, 0, len(source.GetSpec().Rules))
	for _, rule := range source.GetSpec().Rules {
		descriptions = append(descriptions, Description{rule.Name, typeOf(rule), reason(rule)})
	}
	for _, rule := range autogenv1.ComputeRules(source, "") {
		if reason(rule) != "" {
			continue
		}
		one, err := compile(rule)
		if err != nil {
			return nil, descriptions, err
		}
		p.compiled[rule.Name] = one
	}
	return p, descriptions, nil
}

// Empty is a policy of the same kind without anything in it.
func (p *Policy) Empty() any { return empty(p.source.GetKind()) }

func empty(kind string) kyvernov1.PolicyInterface {
	if kind == "Policy" {
		return &kyvernov1.Policy{}
	}
	return &kyvernov1.ClusterPolicy{}
}

// typeOf names what a rule is in the words of its fields.
func typeOf(rule kyvernov1.Rule) string {
	validation := rule.Validation
	switch {
	case rule.HasMutate():
		return "mutate"
	case rule.HasGenerate():
		return "generate"
	case rule.HasVerifyImages():
		return "verifyImages"
	case !rule.HasValidate() || validation == nil:
		return "unknown"
	case rule.HasValidateCEL():
		return "cel"
	case validation.PodSecurity != nil:
		return "podSecurity"
	case validation.Manifests != nil:
		return "manifests"
	case validation.Deny != nil:
		return "deny"
	case validation.RawAnyPattern != nil:
		return "anyPattern"
	case validation.RawPattern != nil:
		return "pattern"
	case len(validation.ForEachValidation) > 0:
		return "foreach"
	}
	return "assert"
}

func reason(rule kyvernov1.Rule) string {
	kind := typeOf(rule)
	switch {
	case kind != "cel":
		return "rules of the type " + kind + " are not evaluated, only validate.cel"
	case len(rule.Context) > 0:
		return "its context asks the cluster"
	case rule.RawAnyAllConditions != nil && rule.GetAnyAllConditions() != nil:
		return "its preconditions are JMESPath"
	case rule.Validation.CEL.HasParam():
		return "its parameters are objects of the cluster"
	}
	return ""
}

// Evaluate asks every rule that takes the write, in order, as pkg/engine does.
func (p *Policy) Evaluate(s *subject.Subject, guess bool) []subject.Outcome {
	var outcomes []subject.Outcome
	for _, rule := range autogenv1.ComputeRules(p.source, s.Kind.Kind) {
		if !p.matches(rule, s) {
			continue
		}
		outcome := p.evaluate(rule, s, guess)
		outcome.Rule = rule.Name
		outcomes = append(outcomes, outcome)
		applied := outcome.Outcome == subject.Pass || outcome.Outcome == subject.Fail
		if applied && p.source.GetSpec().GetApplyRules() == kyvernov1.ApplyOne {
			break
		}
	}
	return outcomes
}

// Takes says whether any rule matches the write.
func (p *Policy) Takes(s *subject.Subject) bool {
	for _, rule := range autogenv1.ComputeRules(p.source, s.Kind.Kind) {
		if p.matches(rule, s) {
			return true
		}
	}
	return false
}

// matches is engine.matches of upstream: the new object, or the old one of a deletion.
func (p *Policy) matches(rule kyvernov1.Rule, s *subject.Subject) bool {
	takes := func(object unstructured.Unstructured) bool {
		return engineutils.MatchesResourceDescription(object, rule, s.Info, s.NamespaceLabels(), p.source.GetNamespace(),
			s.Kind, s.Subresource, kyvernov1.AdmissionOperation(s.Request.Operation)) == nil
	}
	return takes(s.Object) || s.Object.Object == nil && takes(s.Old)
}

func (p *Policy) evaluate(rule kyvernov1.Rule, s *subject.Subject, guess bool) subject.Outcome {
	if why := reason(rule); why != "" {
		return subject.Outcome{Outcome: subject.NotEvaluable, Message: why}
	}
	if !guess && s.InUnknownNamespace() && selectsNamespaces(rule) {
		return subject.Outcome{Outcome: subject.NotEvaluable, Message: s.UnknownNamespace()}
	}
	exempt := p.exempt(rule, s)
	if exempt != nil && exempt.Outcome != subject.Exempt {
		return *exempt
	}
	one, ok := p.compiled[rule.Name]
	if !ok {
		// Rules that are generated for this kind alone.
		var err error
		if one, err = compile(rule); err != nil {
			return subject.Outcome{Outcome: subject.Error, Message: err.Error()}
		}
		p.compiled[rule.Name] = one
	}
	told := one.evaluate(s, guess)
	if exempt != nil {
		exempt.Exempted(told)
		return *exempt
	}
	return told
}

func (p *Policy) exempt(rule kyvernov1.Rule, s *subject.Subject) *subject.Outcome {
	outcome := &subject.Outcome{Outcome: subject.Exempt}
	for _, exception := range p.exceptions {
		if !exception.Contains(name(p.source), rule.Name) {
			continue
		}
		if !engineutils.MatchesResources(s.Shown(), exception.Spec.Match, s.NamespaceLabels(), s.Info, s.Kind, s.Subresource) {
			continue
		}
		if exception.Spec.Conditions != nil {
			return &subject.Outcome{
				Outcome: subject.NotEvaluable,
				Message: "the conditions of the exception " + exception.Name + " are JMESPath",
			}
		}
		outcome.Exceptions = append(outcome.Exceptions, subject.Exception{
			Namespace: exception.Namespace, Name: exception.Name,
		})
	}
	if len(outcome.Exceptions) == 0 {
		return nil
	}
	return outcome
}

func name(policy kyvernov1.PolicyInterface) string {
	if policy.GetNamespace() == "" {
		return policy.GetName()
	}
	return policy.GetNamespace() + "/" + policy.GetName()
}

func selectsNamespaces(rule kyvernov1.Rule) bool {
	resources := []kyvernov1.MatchResources{rule.MatchResources}
	if rule.ExcludeResources != nil {
		resources = append(resources, *rule.ExcludeResources)
	}
	for _, one := range resources {
		if one.NamespaceSelector != nil {
			return true
		}
		for _, filter := range append(append(kyvernov1.ResourceFilters{}, one.Any...), one.All...) {
			if filter.NamespaceSelector != nil {
				return true
			}
		}
	}
	return false
}
