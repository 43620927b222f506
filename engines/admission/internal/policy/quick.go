package policy

import (
	"github.com/google/cel-go/common/types"
	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/admission/plugin/cel"
)

// quick evaluates a policy without counting what its expressions cost, a third of an evaluation. It says only "the
// write passes" and "a match condition is false"; of all else, failures, errors and costs that may come near a budget,
// upstream's validator says what it is.
type quick struct {
	conditions, validations []cel.CompilationResult
	// variables is nil without any.
	variables func() cel.CompositionContext
	// largest are the sizes up to which all expressions together stay below the limit of a single one.
	largest uint64
	// namespace: a validation reads the namespace.
	namespace bool
}

func (p *Policy) findQuick(compiler *cel.CompositedCompiler, conditions, validations, messages []cel.CompilationResult) {
	if p.broken || p.readsAuthorizer || len(p.definition.Spec.AuditAnnotations) > 0 || len(validations) == 0 {
		return
	}
	for _, read := range p.conditionReads {
		if read.authorizer {
			return
		}
	}
	q := &quick{conditions: conditions, validations: validations}
	for _, read := range p.validationReads {
		q.namespace = q.namespace || read.namespace
	}
	expressions := [][]cel.CompilationResult{conditions, validations, messages}
	if len(p.definition.Spec.Variables) > 0 {
		q.variables = compiler.Uncounted
		for _, variable := range compiler.Variables() {
			expressions = append(expressions, []cel.CompilationResult{variable})
		}
	}
	if q.largest = largestSizes(expressions, p.definition.Spec.Variables); q.largest > 0 {
		p.quick = q
	}
}

type quickly int

const (
	undecided quickly = iota
	passes
	notApplied
)

// quickly asks with what newActivation of apiserver/pkg/admission/plugin/cel makes for an evaluation, made once for all
// policies of a write.
func (e *evaluation) quickly(resource schema.GroupVersionResource, attributes *admission.VersionedAttributes, parameter *Parameter) quickly {
	q := e.policy.quick
	if q == nil || (q.namespace && !e.subject.namespaceKnown) {
		return undecided
	}
	seen := e.subject.activation(resource, attributes, parameter)
	if seen == nil || seen.largest > q.largest {
		return undecided
	}
	if len(q.conditions) > 0 {
		if answer := q.allTrue(q.conditions, seen.forConditions()); answer != passes {
			return answer
		}
	}
	if q.allTrue(q.validations, seen.activation) != passes {
		return undecided
	}
	return passes
}

// allTrue answers notApplied when one is false and none fails.
func (q *quick) allTrue(expressions []cel.CompilationResult, activation *cel.Activation) quickly {
	if activation == nil {
		return undecided
	}
	if q.variables != nil {
		activation = activation.With(q.variables())
	}
	answer := passes
	for i := range expressions {
		switch value, _, err := expressions[i].Uncounted.Eval(activation); {
		case err != nil:
			return undecided
		case value == types.False:
			answer = notApplied
		case value != types.True:
			return undecided
		}
	}
	return answer
}

// seen is what expressions see of a write in one version with one parameter.
type seen struct {
	resource   schema.GroupVersionResource
	attributes *admission.VersionedAttributes
	parameter  *Parameter
	inputs     cel.OptionalVariableBindings
	activation *cel.Activation
	// conditions is what match conditions see, made when the first one is asked.
	conditions *cel.Activation
	largest    uint64
}

// forConditions: to them a namespace is unknown, and the resource is the write's own (matcher.Match of
// apiserver/pkg/admission/plugin/webhook/matchconditions).
func (s *seen) forConditions() *cel.Activation {
	if s.conditions == nil {
		request := requestOf(s.attributes, s.attributes.GetResource())
		if made, err := cel.NewActivation(s.attributes, request, s.inputs, nil); err == nil {
			s.conditions = made
		}
	}
	return s.conditions
}

func requestOf(attributes *admission.VersionedAttributes, resource schema.GroupVersionResource) *admissionv1.AdmissionRequest {
	return cel.CreateAdmissionRequest(attributes.Attributes, metav1.GroupVersionResource(resource), metav1.GroupVersionKind(attributes.VersionedKind))
}

// activation is nil where none can be made, or where the request is larger than any is.
func (s *subject) activation(resource schema.GroupVersionResource, attributes *admission.VersionedAttributes, parameter *Parameter) *seen {
	if last := s.seen; last != nil && last.attributes == attributes && last.parameter == parameter && last.resource == resource {
		return last
	}
	if !s.ordinary() {
		return nil
	}
	var inputs cel.OptionalVariableBindings
	if parameter != nil {
		inputs.VersionedParams = parameter.shown
	}
	activation, err := cel.NewActivation(attributes, requestOf(attributes, resource), inputs, cel.CreateNamespaceObject(s.namespace))
	if err != nil {
		return nil
	}
	largest := max(s.sizeOf(attributes), s.sizeOfNamespace())
	if parameter != nil {
		largest = max(largest, parameter.largest())
	}
	s.seen = &seen{resource: resource, attributes: attributes, parameter: parameter, inputs: inputs, activation: activation, largest: largest}
	return s.seen
}

func (s *subject) sizeOf(attributes *admission.VersionedAttributes) uint64 {
	known, ok := s.sizes[attributes.VersionedKind]
	if !ok {
		for _, object := range []runtime.Object{attributes.VersionedObject.Object(), attributes.VersionedOldObject.Object()} {
			known = max(known, largestOf(object))
		}
		s.sizes[attributes.VersionedKind] = known
	}
	return known
}
