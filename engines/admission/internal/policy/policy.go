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
	// position among the policies of its set.
	position int
	// constraints is nil when the policy has none, which no server stores.
	constraints *criteria
	validator   validating.Validator
	// conditions is nil without matchConditions.
	conditions matchconditions.Matcher
	// What only a cluster knows: by the name of a match condition, by the position of a validation or an annotation.
	conditionReads                   map[string]reads
	validationReads, annotationReads []reads
	// readsAuthorizer: a validation asks for it.
	readsAuthorizer bool
	bindings        []*binding
	// quick is nil where only upstream's validator may answer.
	quick *quick
	// broken: an expression does not compile; faults say which.
	broken bool
	faults []Fault
}

// Binding names a policy by its spec.policyName.
type Binding = admissionv1.ValidatingAdmissionPolicyBinding

// binding is a Binding that is read once.
type binding struct {
	*Binding
	// resources is nil when the binding does not narrow what its policy matches.
	resources *criteria
	// found are the parameters by the namespace of the objects.
	found map[string]resolved
}

type resolved struct {
	parameters []*Parameter
	err        error
}

func newBinding(b *Binding) *binding {
	return &binding{Binding: b, resources: newCriteria(b.Spec.MatchResources), found: map[string]resolved{}}
}

// Name is metadata.name.
func (p *Policy) Name() string { return p.definition.Name }

func (p *Policy) failurePolicy() string {
	if p.definition.Spec.FailurePolicy == nil {
		return string(admissionv1.Fail)
	}
	return string(*p.definition.Spec.FailurePolicy)
}
