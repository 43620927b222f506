package policy

import (
	"context"
	"errors"
	"fmt"
	"slices"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"preadmit.dev/engines/admission/internal/cluster"
	"preadmit.dev/engines/admission/internal/message"
	"preadmit.dev/engines/admission/internal/write"
)

// Outcomes of an Evaluation. Passes and writes that were not matched are not among them.
const (
	Fail         = "fail"
	Error        = "error"
	NotEvaluable = "not-evaluable"
)

// Evaluation is one thing that a policy says of a write, as src/engine/api.ts describes it.
type Evaluation struct {
	Write         int      `json:"write"`
	Policy        string   `json:"policy"`
	Binding       string   `json:"binding"`
	Parameter     string   `json:"parameter,omitempty"`
	Validation    *int     `json:"validation,omitempty"`
	Outcome       string   `json:"outcome"`
	Actions       []string `json:"actions"`
	FailurePolicy string   `json:"failurePolicy"`
	Reason        string   `json:"reason,omitempty"`
	Message       string   `json:"message"`
	Expression    string   `json:"expression,omitempty"`
}

// Set is what a load brought.
type Set struct {
	policies   []*Policy
	bindings   map[string][]*Binding
	parameters []*Parameter
	// secrets are values of Secrets among the parameters.
	secrets message.Secrets
}

// NewSet orders policies and bindings by name, so that answers do not depend on the order of files.
func NewSet(policies []*Policy, bindings []*Binding, parameters []*Parameter, secrets message.Secrets) *Set {
	s := &Set{policies: policies, bindings: map[string][]*Binding{}, parameters: parameters, secrets: secrets}
	slices.SortStableFunc(s.policies, func(a, b *Policy) int { return compare(a.definition.Name, b.definition.Name) })
	bindings = slices.Clone(bindings)
	slices.SortStableFunc(bindings, func(a, b *Binding) int { return compare(a.Name, b.Name) })
	for _, binding := range bindings {
		setDefaults(binding.Spec.MatchResources)
		s.bindings[binding.Spec.PolicyName] = append(s.bindings[binding.Spec.PolicyName], binding)
	}
	return s
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Names of the policies, in order.
func (s *Set) Names() []string {
	names := make([]string, len(s.policies))
	for i, p := range s.policies {
		names[i] = p.definition.Name
	}
	return names
}

// exempt resources configure admission itself: policies of the API do not apply to them, so that no policy can lock
// an administrator out (admissionResources of apiserver/pkg/admission/plugin/policy/generic).
var exempt = map[schema.GroupResource]bool{
	{Group: admissionv1.GroupName, Resource: "validatingadmissionpolicies"}:       true,
	{Group: admissionv1.GroupName, Resource: "validatingadmissionpolicybindings"}: true,
	{Group: admissionv1.GroupName, Resource: "mutatingadmissionpolicies"}:         true,
	{Group: admissionv1.GroupName, Resource: "mutatingadmissionpolicybindings"}:   true,
}

// Evaluate runs every policy on a write. matched holds the names of the policies that took it.
func (s *Set) Evaluate(c *cluster.Cluster, operation string, result *write.Result) (evaluations []Evaluation, matched []string) {
	if exempt[result.Mapping.Resource.GroupResource()] {
		return nil, nil
	}
	on := newSubject(c, operation, result)
	for _, p := range s.policies {
		e := &evaluation{set: s, policy: p, subject: on}
		e.run()
		if e.matched {
			matched = append(matched, p.definition.Name)
		}
		evaluations = append(evaluations, e.out...)
	}
	for i := range evaluations {
		hidden := result.Secrets.Hide(s.secrets.Hide(evaluations[i].Message))
		evaluations[i].Message = message.Shorten(hidden)
	}
	return evaluations, matched
}

// evaluation is one policy on one write.
type evaluation struct {
	set     *Set
	policy  *Policy
	subject *subject
	matched bool
	out     []Evaluation
}

func (e *evaluation) run() {
	constraints := e.policy.definition.Spec.MatchConstraints
	if constraints == nil {
		e.configuration(nil, errors.New("policy contained no match constraints, a required field"))
		return
	}
	definition, err := e.subject.match(constraints)
	if err != nil {
		e.configuration(nil, err)
		return
	}
	if definition.verdict == no {
		return
	}
	for _, binding := range e.set.bindings[e.policy.definition.Name] {
		e.bind(definition, binding)
	}
}

func (e *evaluation) bind(definition matching, binding *Binding) {
	bound := matching{verdict: yes}
	if binding.Spec.MatchResources != nil {
		var err error
		if bound, err = e.subject.match(binding.Spec.MatchResources); err != nil {
			e.configuration(binding, err)
			return
		}
	}
	if bound.verdict == no {
		return
	}
	if definition.verdict == unknown || bound.verdict == unknown {
		e.notEvaluable(binding, nil, nil, definition.why+bound.why)
		return
	}
	if why := e.subject.result.Undecodable; why != "" {
		e.notEvaluable(binding, nil, nil, "the object cannot be decoded: "+why)
		return
	}
	parameters, err := e.set.parametersFor(e.subject.cluster, e.policy, binding, e.subject.attributes.GetNamespace())
	if unknown := (errKindUnknown{}); errors.As(err, &unknown) || errors.Is(err, errConversion) {
		e.notEvaluable(binding, nil, nil, err.Error())
		return
	}
	if err != nil {
		e.configuration(binding, err)
		return
	}
	attributes, err := e.subject.as(definition.kind)
	if errors.Is(err, errConversion) {
		e.notEvaluable(binding, nil, nil, err.Error())
		return
	}
	if err != nil {
		e.configuration(binding, err)
		return
	}
	for _, parameter := range parameters {
		e.validate(binding, parameter, definition.resource, attributes)
	}
}

const needsAuthorizer = "the expression asks what a user may do (authorizer), which only a cluster knows"

func (e *evaluation) validate(binding *Binding, parameter *Parameter, resource schema.GroupVersionResource, attributes *admission.VersionedAttributes) {
	var object runtime.Object
	if parameter != nil {
		object = parameter.object
	}
	switch applies, why, err := e.conditions(attributes, object); {
	case err != nil:
		e.matched = true
		e.emit(binding, parameter, nil, Evaluation{Outcome: Error, Message: err.Error()})
		return
	case why != "":
		e.notEvaluable(binding, parameter, nil, why)
		return
	case !applies:
		return
	}
	e.matched = true
	asked := &authorizer{}
	result := e.policy.validator.Validate(context.Background(), resource, attributes, object,
		e.subject.namespace, celconfig.RuntimeCELCostBudget, asked)
	e.decisions(binding, parameter, result.Decisions, asked.asked)
	for _, annotation := range result.AuditAnnotations {
		if annotation.Action == validating.AuditAnnotationActionError {
			text := annotation.Error
			if annotation.Key != "" {
				text = fmt.Sprintf("audit annotation %q: %s", annotation.Key, text)
			}
			e.deny(binding, parameter, text)
		}
	}
}

func (e *evaluation) decisions(binding *Binding, parameter *Parameter, decisions []validating.PolicyDecision, asked bool) {
	list := e.policy.definition.Spec.Validations
	if len(decisions) != len(list) {
		// Nothing was evaluated: one decision tells why.
		for _, decision := range decisions {
			e.emit(binding, parameter, nil, Evaluation{Outcome: Error, Message: decision.Message})
		}
		return
	}
	for i, decision := range decisions {
		reads := e.policy.validationReads[i]
		switch {
		case reads.authorizer && asked:
			e.notEvaluable(binding, parameter, &i, needsAuthorizer)
		case reads.namespace && !e.subject.namespaceKnown:
			e.notEvaluable(binding, parameter, &i, fmt.Sprintf(
				"the expression reads namespace %q (namespaceObject), which the repository does not hold", e.subject.result.Namespace))
		case decision.Evaluation == validating.EvalError:
			e.emit(binding, parameter, &i, Evaluation{Outcome: Error, Message: decision.Message})
		case decision.Action == validating.ActionDeny:
			e.emit(binding, parameter, &i, Evaluation{Outcome: Fail, Reason: string(decision.Reason), Message: decision.Message})
		}
	}
}

// conditions answers whether the match conditions hold, or why nobody can know. Any condition that is false decides,
// even when another one fails.
func (e *evaluation) conditions(attributes *admission.VersionedAttributes, parameter runtime.Object) (applies bool, why string, err error) {
	if e.policy.conditions == nil {
		return true, "", nil
	}
	refused := &authorizer{}
	first := e.policy.conditions.Match(context.Background(), attributes, parameter, refused)
	if !refused.asked {
		return first.Matches, "", first.Error
	}
	// With everything allowed a condition that does not ask may turn out to be the false one.
	second := e.policy.conditions.Match(context.Background(), attributes, parameter, &authorizer{allow: true})
	for _, name := range []string{first.FailedConditionName, second.FailedConditionName} {
		if name != "" && !e.policy.conditionReads[name].authorizer {
			return false, "", nil
		}
	}
	return false, "a match condition asks what a user may do (authorizer), which only a cluster knows", nil
}

// configuration is an error of the policy or of its binding. A server denies then, whatever the binding's actions are.
func (e *evaluation) configuration(binding *Binding, err error) {
	text := "failed to configure policy: " + err.Error()
	if binding != nil {
		text = "failed to configure binding: " + err.Error()
	}
	e.matched = true
	e.deny(binding, nil, text)
}

// deny reports an error that no action of the binding softens.
func (e *evaluation) deny(binding *Binding, parameter *Parameter, text string) {
	e.emit(binding, parameter, nil, Evaluation{Outcome: Error, Message: text})
	e.out[len(e.out)-1].Actions = []string{string(admissionv1.Deny)}
}

func (e *evaluation) notEvaluable(binding *Binding, parameter *Parameter, validation *int, why string) {
	e.matched = true
	e.emit(binding, parameter, validation, Evaluation{Outcome: NotEvaluable, Message: why})
}

func (e *evaluation) emit(binding *Binding, parameter *Parameter, validation *int, out Evaluation) {
	out.Policy, out.FailurePolicy = e.policy.definition.Name, e.policy.failurePolicy()
	out.Parameter, out.Actions = parameter.id(), []string{}
	if binding != nil {
		out.Binding = binding.Name
		for _, action := range binding.Spec.ValidationActions {
			out.Actions = append(out.Actions, string(action))
		}
	}
	if validation != nil {
		position := *validation
		out.Validation = &position
		out.Expression = e.policy.definition.Spec.Validations[position].Expression
	}
	e.out = append(e.out, out)
}
