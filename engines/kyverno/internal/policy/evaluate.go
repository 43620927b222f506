package policy

import (
	"context"

	policiesv1beta1 "github.com/kyverno/api/api/policies.kyverno.io/v1beta1"
	"github.com/kyverno/kyverno/pkg/cel/policies/vpol/compiler"
	"github.com/kyverno/kyverno/pkg/cel/policies/vpol/engine"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"preadmit.dev/engines/kyverno/internal/repository"
	"preadmit.dev/engines/kyverno/internal/subject"
)

// priority is the label that orders exceptions (pkg/utils/report).
const priority = "polex.kyverno.io/priority"

// Evaluate asks the policy and what was generated of it. guess stands in for a namespace that is not known: a suite's
// namespaces have no labels but those it gives.
func (p *Policy) Evaluate(s *subject.Subject, guess bool) []subject.Outcome {
	var outcomes []subject.Outcome
	for _, one := range p.parts {
		if outcome := one.evaluate(s, p.source.GetNamespace(), guess); outcome != nil {
			outcomes = append(outcomes, *outcome)
		}
	}
	return outcomes
}

// Takes says whether the policy, or one that was generated of it, matches the write.
func (p *Policy) Takes(s *subject.Subject) bool {
	if own := p.source.GetNamespace(); own != "" && own != s.Namespace {
		return false
	}
	var namespace runtime.Object
	if s.NamespaceObject != nil {
		namespace = s.NamespaceObject
	}
	for _, one := range p.parts {
		if matches, err := engine.Matches(one.CompiledPolicy.MatchConstraints(), s.Attributes, namespace); matches || err != nil {
			return true
		}
	}
	return false
}

func (p part) evaluate(s *subject.Subject, own string, guess bool) *subject.Outcome {
	// The webhook of a namespaced policy is called for its own namespace only.
	if own != "" && own != s.Namespace {
		return nil
	}
	outcome := &subject.Outcome{Rule: p.generated}
	unknown := !guess && s.InUnknownNamespace()
	var namespace runtime.Object
	if s.NamespaceObject != nil {
		namespace = s.NamespaceObject
	}
	if unknown && p.selectsNamespaces && p.selectsByNameOnly() {
		namespace = s.NamedNamespace()
	} else if unknown && p.selectsNamespaces {
		// Whether it would match if its selector took every namespace.
		copied := p.Policy.Policy.DeepCopyObject().(policiesv1beta1.ValidatingPolicyLike)
		constraints := copied.GetValidatingPolicySpec().MatchConstraints
		constraints.NamespaceSelector = nil
		if matches, err := engine.Matches(constraints, s.Attributes, nil); err == nil && !matches {
			return nil
		}
		outcome.Outcome, outcome.Message = subject.NotEvaluable, s.UnknownNamespace()
		return outcome
	}
	matches, err := engine.Matches(p.CompiledPolicy.MatchConstraints(), s.Attributes, namespace)
	if err == nil && !matches {
		return nil
	}
	if err == nil && unknown && p.usesNamespace {
		outcome.Outcome, outcome.Message = subject.NotEvaluable, s.UnknownNamespace()
		return outcome
	}
	var result *compiler.EvaluationResult
	if err == nil {
		result, err = engine.Decide(context.Background(), p.Policy, s.Attributes, &s.Request, namespace)
	}
	p.fill(outcome, result, err)
	if outcome.Outcome == subject.Exempt {
		otherwise := p.Policy
		otherwise.CompiledPolicy = p.bare
		told := subject.Outcome{}
		result, err = engine.Decide(context.Background(), otherwise, s.Attributes, &s.Request, namespace)
		p.fill(&told, result, err)
		outcome.Exempted(told)
	}
	return outcome
}

// selectsByNameOnly: the selector asks for the one label that every namespace carries.
func (p part) selectsByNameOnly() bool {
	selector, err := metav1.LabelSelectorAsSelector(p.Policy.Policy.GetValidatingPolicySpec().MatchConstraints.NamespaceSelector)
	if err != nil {
		return false
	}
	requirements, _ := selector.Requirements()
	for _, one := range requirements {
		if one.Key() != corev1.LabelMetadataName {
			return false
		}
	}
	return true
}

func (p part) fill(outcome *subject.Outcome, result *compiler.EvaluationResult, err error) {
	if err == nil && result != nil {
		err = result.Error
	}
	switch {
	case err != nil:
		outcome.Outcome, outcome.Message = subject.Error, err.Error()
		if reason, refused := repository.Unavailable(err.Error()); refused {
			outcome.Outcome, outcome.Message = subject.NotEvaluable, reason
		}
		if result != nil {
			p.at(outcome, result.Index)
		}
	case result == nil:
		outcome.Outcome = subject.Skip
	case len(result.Exceptions) > 0:
		outcome.Outcome = subject.Exempt
		for _, exception := range result.Exceptions {
			outcome.Exceptions = append(outcome.Exceptions, subject.Exception{
				Namespace: exception.GetNamespace(), Name: exception.GetName(),
				Priority: exception.GetLabels()[priority], ReportResult: exception.Spec.ReportResult,
			})
		}
	case result.Result:
		outcome.Outcome = subject.Pass
	default:
		outcome.Outcome, outcome.Message = subject.Fail, result.Message
		p.at(outcome, result.Index)
	}
}

func (p part) at(outcome *subject.Outcome, index int) {
	validations := p.Policy.Policy.GetValidatingPolicySpec().Validations
	if index < len(validations) {
		outcome.Validation, outcome.Expression = &index, validations[index].Expression
	}
}
