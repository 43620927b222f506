package rule

import (
	"context"
	"errors"
	"fmt"

	kyvernov1 "github.com/kyverno/kyverno/api/kyverno/v1"
	"github.com/kyverno/kyverno/pkg/admissionpolicy"
	celcompiler "github.com/kyverno/kyverno/pkg/cel/compiler"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/admission/plugin/cel"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	"k8s.io/apiserver/pkg/admission/plugin/webhook/matchconditions"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"preadmit.dev/engines/kyverno/internal/subject"
)

// compiled is one rule, compiled as pkg/engine/handlers/validation/validate_cel.go does on every request.
type compiled struct {
	validator     validating.Validator
	expressions   []string
	usesNamespace bool
}

func compile(rule kyvernov1.Rule) (*compiled, error) {
	compiler, err := admissionpolicy.NewCompiler(rule.CELPreconditions, rule.Validation.CEL.Variables)
	if err != nil {
		return nil, err
	}
	validations := rule.Validation.CEL.Expressions
	one := &compiled{}
	all := []string{}
	for i := range validations {
		if validations[i].Message == "" {
			validations[i].Message = rule.Validation.Message
		}
		one.expressions = append(one.expressions, validations[i].Expression)
		all = append(all, validations[i].Expression, validations[i].MessageExpression)
	}
	for _, variable := range rule.Validation.CEL.Variables {
		all = append(all, variable.Expression)
	}
	for _, condition := range rule.CELPreconditions {
		all = append(all, condition.Expression)
	}
	one.usesNamespace = celcompiler.ExpressionsUse(celcompiler.NamespaceObjectKey, all...)
	compiler.WithValidations(validations)
	compiler.WithAuditAnnotations(rule.Validation.CEL.AuditAnnotations)
	withAuthorizer := cel.OptionalVariableDeclarations{HasAuthorizer: true}
	compiler.CompileVariables(withAuthorizer)
	filter := compiler.CompileValidations(withAuthorizer)
	messages := compiler.CompileMessageExpressions(cel.OptionalVariableDeclarations{})
	audit := compiler.CompileAuditAnnotationsExpressions(withAuthorizer)
	conditions := compiler.CompileMatchConditions(withAuthorizer)
	if err := errors.Join(filter.CompilationErrors()...); err != nil {
		return nil, fmt.Errorf("rule %s: %w", rule.Name, err)
	}
	matcher := matchconditions.NewMatcher(conditions, nil, "ClusterPolicy", "", rule.Name)
	one.validator = validating.NewValidator(filter, matcher, audit, messages, nil, nil)
	return one, nil
}

func (c *compiled) evaluate(s *subject.Subject, guess bool) subject.Outcome {
	var object, old runtime.Object
	if s.Object.Object != nil {
		object = s.Object.DeepCopy()
	}
	if s.Old.Object != nil {
		old = s.Old.DeepCopy()
	}
	namespaceName := s.Namespace
	if s.Kind.Group == "" && s.Kind.Kind == "Namespace" {
		namespaceName = ""
	}
	var namespace *corev1.Namespace
	if namespaceName != "" {
		if namespace = s.NamespaceObject; namespace == nil {
			if c.usesNamespace && !guess {
				return subject.Outcome{Outcome: subject.NotEvaluable, Message: s.UnknownNamespace()}
			}
			namespace = &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespaceName}}
		}
	}
	resource := s.Attributes.GetResource()
	attributes := admission.NewAttributesRecord(object, old, s.Kind, namespaceName, s.Attributes.GetName(), resource, "",
		s.Attributes.GetOperation(), nil, false, s.Attributes.GetUserInfo())
	versioned, err := admission.NewVersionedAttributes(attributes, s.Kind,
		admission.NewObjectInterfacesFromScheme(runtime.NewScheme()))
	if err != nil {
		return subject.Outcome{Outcome: subject.Error, Message: err.Error()}
	}
	var roles asked
	result := c.validator.Validate(context.Background(), resource, versioned, nil, namespace,
		celconfig.RuntimeCELCostBudget, &roles)
	if roles {
		return subject.Outcome{Outcome: subject.NotEvaluable, Message: "the authorizer knows the roles of the cluster"}
	}
	return c.outcome(result)
}

func (c *compiled) outcome(result validating.ValidateResult) subject.Outcome {
	if len(result.Decisions) == 0 && len(result.AuditAnnotations) == 0 {
		return subject.Outcome{Outcome: subject.Skip, Message: "cel preconditions not met"}
	}
	for index, decision := range result.Decisions {
		at := subject.Outcome{Message: decision.Message}
		if index < len(c.expressions) {
			at.Validation, at.Expression = &index, c.expressions[index]
		}
		switch {
		case decision.Evaluation == validating.EvalError:
			at.Outcome = subject.Error
			return at
		case decision.Action == validating.ActionDeny:
			at.Outcome = subject.Fail
			return at
		}
	}
	return subject.Outcome{Outcome: subject.Pass}
}

// asked answers for RBAC, which only the cluster knows, and remembers that it was asked: nothing that follows from its
// answers is known here.
type asked bool

// Authorize implements upstream's interface.
func (a *asked) Authorize(context.Context, authorizer.Attributes) (authorizer.Decision, string, error) {
	*a = true
	return authorizer.DecisionNoOpinion, "", nil
}
