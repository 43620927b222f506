// Package policy evaluates ValidatingAdmissionPolicies as the admission plugin of an API server does: the same
// compiler, validator, budgets and messages. Matching, bindings and parameters are decided here, because upstream's
// code for them reads a cluster; where the answer needs one, it is "not-evaluable".
package policy

import (
	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	"k8s.io/apiserver/pkg/admission/plugin/webhook/matchconditions"
)

// Policy is a compiled policy.
type Policy struct {
	definition *admissionv1.ValidatingAdmissionPolicy
	validator  validating.Validator
	// conditions is nil without matchConditions.
	conditions matchconditions.Matcher
	// What only a cluster knows: by the name of a match condition, by the position of a validation.
	conditionReads  map[string]reads
	validationReads []reads
}

// Binding names a policy by its spec.policyName.
type Binding = admissionv1.ValidatingAdmissionPolicyBinding

func (p *Policy) failurePolicy() string {
	if p.definition.Spec.FailurePolicy == nil {
		return string(admissionv1.Fail)
	}
	return string(*p.definition.Spec.FailurePolicy)
}

// setDefaults writes what the API's defaults write: absent selectors select everything, versions are equivalent, a
// rule covers both scopes.
func setDefaults(match *admissionv1.MatchResources) {
	if match == nil {
		return
	}
	if match.MatchPolicy == nil {
		equivalent := admissionv1.Equivalent
		match.MatchPolicy = &equivalent
	}
	for _, rules := range [][]admissionv1.NamedRuleWithOperations{match.ResourceRules, match.ExcludeResourceRules} {
		for i := range rules {
			if rules[i].Scope == nil {
				all := admissionv1.AllScopes
				rules[i].Scope = &all
			}
		}
	}
}
