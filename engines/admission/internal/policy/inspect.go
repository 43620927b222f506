package policy

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/google/cel-go/checker"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	apiservercel "k8s.io/apiserver/pkg/cel"
	"k8s.io/apiserver/pkg/cel/library"
	"preadmit.dev/engines/admission/internal/cluster"
)

// Inspection is what an author wants to know of a policy before it is in force, as src/engine/api.ts describes it.
type Inspection struct {
	Kinds            []string      `json:"kinds"`
	UnknownResources []string      `json:"unknownResources"`
	TypeWarnings     []TypeWarning `json:"typeWarnings"`
	Costs            []Cost        `json:"costs"`
}

// TypeWarning is an expression that does not fit the types of a kind.
type TypeWarning struct {
	Field   string `json:"field"`
	Kind    string `json:"kind"`
	Message string `json:"message"`
}

// Cost is the estimate of one expression; Maximum is nil where nothing bounds it.
type Cost struct {
	Field   string  `json:"field"`
	Kind    string  `json:"kind,omitempty"`
	Minimum uint64  `json:"minimum"`
	Maximum *uint64 `json:"maximum,omitempty"`
	Limit   uint64  `json:"limit"`
}

type expression struct{ field, text string }

// expressions of a policy in the order of its fields.
func (p *Policy) expressions() []expression {
	var list []expression
	spec := &p.definition.Spec
	for i, c := range spec.MatchConditions {
		list = append(list, expression{fmt.Sprintf("spec.matchConditions[%d].expression", i), c.Expression})
	}
	for i, v := range spec.Variables {
		list = append(list, expression{fmt.Sprintf("spec.variables[%d].expression", i), v.Expression})
	}
	for i, v := range spec.Validations {
		list = append(list, expression{fmt.Sprintf("spec.validations[%d].expression", i), v.Expression})
		if v.MessageExpression != "" {
			list = append(list, expression{fmt.Sprintf("spec.validations[%d].messageExpression", i), v.MessageExpression})
		}
	}
	for i, a := range spec.AuditAnnotations {
		list = append(list, expression{fmt.Sprintf("spec.auditAnnotations[%d].valueExpression", i), a.ValueExpression})
	}
	return list
}

// Inspect type checks the expressions as an API server's controller does for the status of a policy, which looks at
// validations only, and estimates what they cost.
func (p *Policy) Inspect(c *cluster.Cluster) *Inspection {
	known := schemas{cluster: c}
	types := checkerOf(c, known)
	context := types.CreateContext(p.definition)
	inspection := &Inspection{
		Kinds: []string{}, UnknownResources: p.unknownResources(known), TypeWarnings: []TypeWarning{}, Costs: []Cost{},
	}
	for _, kind := range context.Kinds() {
		inspection.Kinds = append(inspection.Kinds, nameOfKind(kind))
	}
	for _, e := range p.expressions() {
		for _, result := range types.CheckExpression(context, e.text) {
			issue := result.Err
			if issue == nil {
				issue = result.Issues
			}
			inspection.TypeWarnings = append(inspection.TypeWarnings, TypeWarning{e.field, nameOfKind(result.GVK), issue.Error()})
		}
		if cost := costliest(e.field, types.Typed(context, e.text)); cost != nil {
			inspection.Costs = append(inspection.Costs, *cost)
		}
	}
	return inspection
}

// lastChecker knows the types of the kinds that it was asked about, which are those of one cluster.
var lastChecker struct {
	of    *cluster.Cluster
	types *validating.TypeChecker
}

func checkerOf(c *cluster.Cluster, known schemas) *validating.TypeChecker {
	if lastChecker.of != c {
		lastChecker.of, lastChecker.types = c, &validating.TypeChecker{SchemaResolver: known, RestMapper: known}
	}
	return lastChecker.types
}

func nameOfKind(kind schema.GroupVersionKind) string {
	if kind.Empty() {
		return ""
	}
	return kind.GroupVersion().String() + " " + kind.Kind
}

// unknownResources are resources that rules name in full and that nobody serves: a rule that can match nothing.
func (p *Policy) unknownResources(known schemas) []string {
	found := []string{}
	if p.constraints == nil {
		return found
	}
	for _, rule := range p.constraints.resources.ResourceRules {
		for _, asked := range resourcesOf(rule.Rule) {
			if _, err := known.KindsFor(asked); err != nil {
				found = append(found, strings.Join([]string{asked.Group, asked.Version, asked.Resource}, "/"))
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func resourcesOf(rule admissionv1.Rule) []schema.GroupVersionResource {
	var all []schema.GroupVersionResource
	for _, group := range rule.APIGroups {
		for _, version := range rule.APIVersions {
			for _, name := range rule.Resources {
				name, _, _ = strings.Cut(name, "/")
				if group != "*" && version != "*" && name != "*" {
					all = append(all, schema.GroupVersionResource{Group: group, Version: version, Resource: name})
				}
			}
		}
	}
	return all
}

func costliest(field string, list []validating.TypedExpression) *Cost {
	var worst *Cost
	var most uint64
	for _, typed := range list {
		sizes := &sizes{map[string]*apiservercel.DeclType{"object": typed.Object, "oldObject": typed.Object, "params": typed.Params}}
		estimate, err := typed.Env.EstimateCost(typed.Ast, &library.CostEstimator{SizeEstimator: sizes})
		if err != nil || (worst != nil && estimate.Max <= most) {
			continue
		}
		most = estimate.Max
		worst = &Cost{Field: field, Kind: nameOfKind(typed.Kind), Minimum: estimate.Min, Limit: celconfig.PerCallLimit}
		if most < math.MaxUint64 {
			worst.Maximum = &most
		}
	}
	if worst != nil && worst.Maximum != nil {
		bound := most
		worst.Maximum = &bound
	}
	return worst
}

// sizes bounds lists, maps and texts by their types, as the estimator of apiextensions-apiserver does for `self`.
type sizes struct {
	roots map[string]*apiservercel.DeclType
}

// EstimateSize implements upstream's interface.
func (s *sizes) EstimateSize(element checker.AstNode) *checker.SizeEstimate {
	path := element.Path()
	if len(path) == 0 {
		return nil
	}
	at := s.roots[path[0]]
	for _, name := range path[1:] {
		if at == nil {
			return nil
		}
		switch name {
		case "@items", "@values":
			at = at.ElemType
		case "@keys":
			at = at.KeyType
		default:
			field, ok := at.Fields[name]
			if !ok {
				return nil
			}
			at = field.Type
		}
	}
	if at == nil {
		return nil
	}
	return &checker.SizeEstimate{Min: 0, Max: uint64(at.MaxElements)}
}

// EstimateCallCost leaves calls to upstream.
func (s *sizes) EstimateCallCost(string, string, *checker.AstNode, []checker.AstNode) *checker.CallEstimate {
	return nil
}
