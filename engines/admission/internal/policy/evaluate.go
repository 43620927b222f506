package policy

import (
	"context"
	"errors"
	"fmt"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	upstream "k8s.io/apiserver/pkg/authorization/authorizer"
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

// Annotation is an entry of a server's audit log, as src/engine/api.ts describes it.
type Annotation struct {
	Write     int    `json:"write"`
	Policy    string `json:"policy"`
	Binding   string `json:"binding"`
	Parameter string `json:"parameter,omitempty"`
	Key       string `json:"key"`
	Value     string `json:"value"`
}

// longestAnnotation is where a server cuts them: maxAuditAnnotationValueLength of
// apiserver/pkg/admission/plugin/policy/validating.
const longestAnnotation = 10 * 1024

// evaluation is one policy on one write.
type evaluation struct {
	set         *Set
	policy      *Policy
	subject     *subject
	taken       taken
	matched     bool
	out         []Evaluation
	annotations []Annotation
}

// unbound is the binding of an evaluation without bindings.
var unbound = &binding{Binding: &Binding{Spec: admissionv1.ValidatingAdmissionPolicyBindingSpec{
	ValidationActions: []admissionv1.ValidationAction{admissionv1.Deny},
}}}

// run evaluates with direct parameters, or, when these are nil, with the bindings. A policy without bindings is in force
// nowhere, and nothing of it is looked at (calculatePolicyData in apiserver/pkg/admission/plugin/policy/generic).
func (e *evaluation) run(direct []*Parameter) {
	bindings := e.policy.bindings
	if direct != nil {
		bindings = []*binding{unbound}
	}
	if len(bindings) == 0 {
		return
	}
	if e.policy.constraints == nil {
		e.configuration(nil, errors.New("policy contained no match constraints, a required field"))
		return
	}
	if !e.taken.ok {
		e.taken = e.policy.constraints.take(e.subject)
	}
	definition, err := e.subject.match(e.policy.constraints, e.taken)
	if err != nil {
		e.configuration(nil, err)
		return
	}
	if definition.verdict == no {
		return
	}
	for _, binding := range bindings {
		e.bind(definition, binding, direct)
	}
}

func (e *evaluation) bind(definition matching, binding *binding, direct []*Parameter) {
	bound := matching{verdict: yes}
	if binding.resources != nil {
		var err error
		if bound, err = e.subject.match(binding.resources, binding.resources.take(e.subject)); err != nil {
			e.configuration(binding, err)
			return
		}
	}
	if bound.verdict == no {
		return
	}
	if definition.verdict == unknown || bound.verdict == unknown {
		why := definition.why
		if why == "" {
			why = bound.why
		}
		e.notEvaluable(binding, nil, nil, why)
		return
	}
	if why := e.subject.result.Undecodable; why != "" {
		e.notEvaluable(binding, nil, nil, "the object cannot be decoded: "+why)
		return
	}
	parameters, err := direct, error(nil)
	if direct == nil {
		parameters, err = e.set.parametersFor(e.subject.cluster, e.policy, binding, e.subject.attributes.GetNamespace())
	}
	if unknown := (errKindUnknown{}); errors.As(err, &unknown) || errors.Is(err, errConversion) {
		e.notEvaluable(binding, nil, nil, err.Error())
		return
	}
	if err != nil {
		e.configuration(binding, err)
		return
	}
	if len(parameters) == 0 {
		return
	}
	attributes, err := e.subject.as(definition.taken.kind)
	if errors.Is(err, errConversion) {
		e.notEvaluable(binding, nil, nil, err.Error())
		return
	}
	if err != nil {
		e.configuration(binding, err)
		return
	}
	for _, parameter := range parameters {
		e.validate(binding, parameter, definition.taken.resource, attributes)
	}
}

const needsAuthorizer = "the expression asks what a user may do (authorizer), which only a cluster knows"

func (e *evaluation) validate(binding *binding, parameter *Parameter, resource schema.GroupVersionResource, attributes *admission.VersionedAttributes) {
	switch e.quickly(resource, attributes, parameter) {
	case passes:
		e.matched = true
		return
	case notApplied:
		return
	}
	var object runtime.Object
	if parameter != nil {
		object = parameter.shown
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
	var asked *authorizer
	var given upstream.UnconditionalAuthorizer
	if e.policy.readsAuthorizer {
		// Without one nothing is prepared for it, and nobody looks.
		asked = &authorizer{}
		given = asked
	}
	result := e.policy.validator.Validate(context.Background(), resource, attributes, object,
		e.subject.namespace, celconfig.RuntimeCELCostBudget, given)
	e.decisions(binding, parameter, result.Decisions, asked != nil && asked.asked)
	e.audit(binding, parameter, result.AuditAnnotations)
}

func (e *evaluation) audit(binding *binding, parameter *Parameter, annotations []validating.PolicyAuditAnnotation) {
	for i, annotation := range annotations {
		reads := e.policy.annotationReads[i]
		switch {
		case reads.namespace && !e.subject.namespaceKnown:
			// Only a failure of it could refuse the write, and nobody knows whether it fails.
			e.notEvaluable(binding, parameter, nil, fmt.Sprintf("audit annotation %q: %s", annotation.Key, e.readsNamespace()))
		case annotation.Action == validating.AuditAnnotationActionPublish:
			value := annotation.Value
			if len(value) > longestAnnotation {
				value = value[:longestAnnotation]
			}
			e.annotations = append(e.annotations, Annotation{
				Policy: e.policy.Name(), Binding: binding.Name, Parameter: parameter.id(), Key: annotation.Key, Value: value,
			})
		case annotation.Action == validating.AuditAnnotationActionError:
			text := annotation.Error
			if annotation.Key != "" {
				text = fmt.Sprintf("audit annotation %q: %s", annotation.Key, text)
			}
			e.deny(binding, parameter, text)
			// Upstream refuses a value of a wrong type whatever the failurePolicy says.
			e.out[len(e.out)-1].FailurePolicy = string(admissionv1.Fail)
		}
	}
}

func (e *evaluation) readsNamespace() string {
	return fmt.Sprintf("the expression reads namespace %q (namespaceObject), which the repository does not hold", e.subject.result.Namespace)
}

func (e *evaluation) decisions(binding *binding, parameter *Parameter, decisions []validating.PolicyDecision, asked bool) {
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
			e.notEvaluable(binding, parameter, &i, e.readsNamespace())
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
func (e *evaluation) configuration(binding *binding, err error) {
	text := "failed to configure policy: " + err.Error()
	if binding != nil {
		text = "failed to configure binding: " + err.Error()
	}
	e.matched = true
	e.deny(binding, nil, text)
}

// deny reports an error that no action of the binding softens.
func (e *evaluation) deny(binding *binding, parameter *Parameter, text string) {
	e.emit(binding, parameter, nil, Evaluation{Outcome: Error, Message: text})
	e.out[len(e.out)-1].Actions = []string{string(admissionv1.Deny)}
}

func (e *evaluation) notEvaluable(binding *binding, parameter *Parameter, validation *int, why string) {
	e.matched = true
	e.emit(binding, parameter, validation, Evaluation{Outcome: NotEvaluable, Message: why})
}

func (e *evaluation) emit(binding *binding, parameter *Parameter, validation *int, out Evaluation) {
	out.Policy, out.FailurePolicy = e.policy.Name(), e.policy.failurePolicy()
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
