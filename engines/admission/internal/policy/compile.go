package policy

import (
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

	compiler.CompileAndStoreVariables(variables(spec.Variables), all, mode)
	p := &Policy{definition: definition, constraints: newCriteria(definition.Spec.MatchConstraints)}
	if len(spec.MatchConditions) > 0 {
		// Always "Fail": with "Ignore" a matcher does not tell an error from a condition that is false.
		fail := admissionv1.Fail
		p.conditions = matchconditions.NewMatcher(
			compiler.CompileCondition(conditions(spec.MatchConditions), all, mode), &fail, "policy", "validate", definition.Name)
	}
	p.validator = validating.NewValidator(
		compiler.CompileCondition(validations(spec.Validations), all, mode), nil,
		compiler.CompileCondition(annotations(spec.AuditAnnotations), all, mode),
		compiler.CompileCondition(messages(spec.Validations), forMessages, mode),
		spec.FailurePolicy, nil)
	p.findReads()
	return p, nil
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
