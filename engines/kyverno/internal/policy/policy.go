// Package policy compiles and evaluates ValidatingPolicies with Kyverno's own compiler, generator and matcher.
package policy

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	policiesv1beta1 "github.com/kyverno/api/api/policies.kyverno.io/v1beta1"
	celautogen "github.com/kyverno/kyverno/pkg/cel/autogen"
	celcompiler "github.com/kyverno/kyverno/pkg/cel/compiler"
	"github.com/kyverno/kyverno/pkg/cel/policies/vpol/autogen"
	"github.com/kyverno/kyverno/pkg/cel/policies/vpol/compiler"
	"github.com/kyverno/kyverno/pkg/cel/policies/vpol/engine"
)

// Policy is one that compiled, with the ones that Kyverno generates of it for pod controllers.
type Policy struct {
	source policiesv1beta1.ValidatingPolicyLike
	parts  []part
}

type part struct {
	// generated is empty for the policy as it was written.
	generated string
	engine.Policy
	// bare is the policy without its exceptions; nil where it has none.
	bare                             *compiler.Policy
	usesNamespace, selectsNamespaces bool
}

// Compile reads a ValidatingPolicy or NamespacedValidatingPolicy of any version; their fields are the same.
func Compile(raw json.RawMessage, kind string, exceptions []*policiesv1beta1.PolicyException) (*Policy, error) {
	source, err := decode(raw, kind)
	if err != nil {
		return nil, err
	}
	var own []*policiesv1beta1.PolicyException
	for _, exception := range exceptions {
		for _, ref := range exception.Spec.PolicyRefs {
			if ref.Name == source.GetName() && ref.Kind == source.GetKind() && !exception.IsExpired() {
				own = append(own, exception)
				break
			}
		}
	}
	p := &Policy{source: source}
	if err := p.add("", source, own); err != nil {
		return nil, err
	}
	generated, err := autogen.Autogen(source)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(generated)) {
		copied := source.DeepCopyObject().(policiesv1beta1.ValidatingPolicyLike)
		*copied.GetValidatingPolicySpec() = *generated[name].Spec
		if err := p.add(name, copied, own); err != nil {
			return nil, fmt.Errorf("generated for %s: %w", name, err)
		}
	}
	return p, nil
}

// Empty is a policy of the same kind without anything in it.
func (p *Policy) Empty() any { return empty(p.source.GetKind()) }

func empty(kind string) policiesv1beta1.ValidatingPolicyLike {
	if kind == (&policiesv1beta1.NamespacedValidatingPolicy{}).GetKind() {
		return &policiesv1beta1.NamespacedValidatingPolicy{}
	}
	return &policiesv1beta1.ValidatingPolicy{}
}

func decode(raw json.RawMessage, kind string) (policiesv1beta1.ValidatingPolicyLike, error) {
	source := empty(kind)
	if err := json.Unmarshal(raw, source); err != nil {
		return nil, err
	}
	return source, nil
}

func (p *Policy) add(generated string, policy policiesv1beta1.ValidatingPolicyLike, exceptions []*policiesv1beta1.PolicyException) error {
	compiled, errs := compiler.NewCompiler().Compile(policy, exceptions)
	if len(errs) > 0 {
		return errs.ToAggregate()
	}
	var bare *compiler.Policy
	if len(exceptions) > 0 {
		if bare, errs = compiler.NewCompiler().Compile(policy, nil); len(errs) > 0 {
			return errs.ToAggregate()
		}
	}
	spec := policy.GetValidatingPolicySpec()
	selector := spec.MatchConstraints != nil && spec.MatchConstraints.NamespaceSelector != nil &&
		len(spec.MatchConstraints.NamespaceSelector.MatchLabels)+len(spec.MatchConstraints.NamespaceSelector.MatchExpressions) > 0
	p.parts = append(p.parts, part{
		generated: generated,
		bare:      bare,
		Policy: engine.Policy{
			Policy: policy, CompiledPolicy: compiled, ExtractionMode: generated == celautogen.ExtractionReplacementsRef,
		},
		usesNamespace:     celcompiler.ExpressionsUse(celcompiler.NamespaceObjectKey, expressions(policy, exceptions)...),
		selectsNamespaces: selector,
	})
	return nil
}

func expressions(policy policiesv1beta1.ValidatingPolicyLike, exceptions []*policiesv1beta1.PolicyException) []string {
	spec := policy.GetValidatingPolicySpec()
	var all []string
	for _, condition := range spec.MatchConditions {
		all = append(all, condition.Expression)
	}
	for _, variable := range spec.Variables {
		all = append(all, variable.Expression)
	}
	for _, validation := range spec.Validations {
		all = append(all, validation.Expression, validation.MessageExpression)
	}
	for _, exception := range exceptions {
		for _, condition := range exception.Spec.MatchConditions {
			all = append(all, condition.Expression)
		}
	}
	return all
}
