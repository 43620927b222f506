package policy

import (
	"fmt"
	"slices"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/util/version"
	"k8s.io/apiserver/pkg/admission/plugin/cel"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	"k8s.io/apiserver/pkg/admission/plugin/webhook/matchconditions"
	"k8s.io/apiserver/pkg/cel/environment"
)

// Compile prepares a policy for evaluation on a cluster of that minor. Expressions that do not compile become errors
// of their evaluation, as on a server that stored them.
func Compile(definition *admissionv1.ValidatingAdmissionPolicy, minor *version.Version) (*Policy, error) {
	spec := &definition.Spec
	compiler, err := compilerFor(minor, len(spec.Variables) > 0)
	if err != nil {
		return nil, err
	}
	all := cel.OptionalVariableDeclarations{HasParams: spec.ParamKind != nil, HasAuthorizer: true}
	forMessages := cel.OptionalVariableDeclarations{HasParams: spec.ParamKind != nil, HasAuthorizer: false}
	mode := environment.StoredExpressions

	p := &Policy{definition: definition, constraints: newCriteria(definition.Spec.MatchConstraints)}
	for _, variable := range variables(spec.Variables) {
		if compiler.CompileAndStoreVariable(variable, all, mode).Error != nil {
			p.broken = true
		}
	}
	condition := func(list []cel.ExpressionAccessor, declared cel.OptionalVariableDeclarations) *cel.CompositedConditionEvaluator {
		evaluator := compiler.CompileCondition(list, declared, mode)
		p.broken = p.broken || len(evaluator.CompilationErrors()) > 0
		return evaluator.(*cel.CompositedConditionEvaluator)
	}
	matching := condition(conditions(spec.MatchConditions), all)
	if len(spec.MatchConditions) > 0 {
		// Always "Fail": with "Ignore" a matcher does not tell an error from a condition that is false.
		fail := admissionv1.Fail
		p.conditions = matchconditions.NewMatcher(matching, &fail, "policy", "validate", definition.Name)
	}
	refusing := condition(validations(spec.Validations), all)
	telling := condition(messages(spec.Validations), forMessages)
	p.validator = validating.NewValidator(
		refusing, nil, condition(annotations(spec.AuditAnnotations), all), telling, spec.FailurePolicy, nil)
	p.findReads()
	p.findQuick(compiler, matching.Results(), refusing.Results(), telling.Results())
	p.findErrors(compiler, all, forMessages)
	return p, nil
}

// Fault is an expression that cannot be evaluated on any server of this minor.
type Fault struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// Faults of the expressions, in the order of the fields.
func (p *Policy) Faults() []Fault { return p.faults }

// findErrors compiles once more what failed, since evaluators do not say which of their expressions it was.
func (p *Policy) findErrors(compiler *cel.CompositedCompiler, all, forMessages cel.OptionalVariableDeclarations) {
	p.faults = []Fault{}
	note := func(field string, accessor cel.ExpressionAccessor, declared cel.OptionalVariableDeclarations) {
		result := compiler.CompileCELExpression(accessor, declared, environment.StoredExpressions)
		if result.Error != nil {
			p.faults = append(p.faults, Fault{field, result.Error.Error()})
		}
	}
	spec := &p.definition.Spec
	if !p.broken {
		return
	}
	for i, accessor := range conditions(spec.MatchConditions) {
		note(fmt.Sprintf("spec.matchConditions[%d].expression", i), accessor, all)
	}
	for i, accessor := range variables(spec.Variables) {
		note(fmt.Sprintf("spec.variables[%d].expression", i), accessor, all)
	}
	for i, accessor := range validations(spec.Validations) {
		note(fmt.Sprintf("spec.validations[%d].expression", i), accessor, all)
	}
	for i, accessor := range messages(spec.Validations) {
		if accessor != nil {
			note(fmt.Sprintf("spec.validations[%d].messageExpression", i), accessor, forMessages)
		}
	}
	for i, accessor := range annotations(spec.AuditAnnotations) {
		note(fmt.Sprintf("spec.auditAnnotations[%d].valueExpression", i), accessor, all)
	}
}

// withoutVariables are the compilers, by minor, of policies that declare no variables: only those leave something in a
// compiler.
var withoutVariables = map[string]*cel.CompositedCompiler{}

func compilerFor(minor *version.Version, variables bool) (*cel.CompositedCompiler, error) {
	if known, ok := withoutVariables[minor.String()]; ok && !variables {
		return known, nil
	}
	// A server accepts what the minor before it can compile too: DefaultCompatibilityVersion of apiserver/pkg/cel.
	compiler, err := cel.NewCompositedCompiler(environment.MustBaseEnvSet(minor.SubtractMinor(1)))
	if err == nil && !variables {
		withoutVariables[minor.String()] = compiler
	}
	return compiler, err
}

func variables(list []admissionv1.Variable) []cel.NamedExpressionAccessor {
	out := make([]cel.NamedExpressionAccessor, len(list))
	for i, v := range list {
		out[i] = &validating.Variable{Name: v.Name, Expression: v.Expression}
	}
	return out
}

func conditions(list []admissionv1.MatchCondition) []cel.ExpressionAccessor {
	out := make([]cel.ExpressionAccessor, len(list))
	for i := range list {
		out[i] = (*matchconditions.MatchCondition)(&list[i])
	}
	return out
}

func validations(list []admissionv1.Validation) []cel.ExpressionAccessor {
	out := make([]cel.ExpressionAccessor, len(list))
	for i, v := range list {
		out[i] = &validating.ValidationCondition{Expression: v.Expression, Message: v.Message, Reason: v.Reason}
	}
	return out
}

// messages has a nil where a validation has no messageExpression: positions must agree with the validations. Without any
// there is nothing to prepare for.
func messages(list []admissionv1.Validation) []cel.ExpressionAccessor {
	if !slices.ContainsFunc(list, func(v admissionv1.Validation) bool { return v.MessageExpression != "" }) {
		return nil
	}
	out := make([]cel.ExpressionAccessor, len(list))
	for i, v := range list {
		if v.MessageExpression != "" {
			out[i] = &validating.MessageExpressionCondition{MessageExpression: v.MessageExpression}
		}
	}
	return out
}

func annotations(list []admissionv1.AuditAnnotation) []cel.ExpressionAccessor {
	out := make([]cel.ExpressionAccessor, len(list))
	for i, a := range list {
		out[i] = &validating.AuditAnnotationCondition{Key: a.Key, ValueExpression: a.ValueExpression}
	}
	return out
}
