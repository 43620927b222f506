package policy

import (
	"github.com/google/cel-go/checker"
	"github.com/google/cel-go/common/ast"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/admission/plugin/cel"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/cel/library"
)

// sizeOfRequest is what texts and lists of an ordinary request stay below: names have at most 253 characters.
const sizeOfRequest = 256

// sizesTried are bounds for what texts, lists and maps of the objects hold, the largest first.
var sizesTried = []uint64{1024, 256, 64}

// largestSizes answers the largest of the bounds under which all expressions together cost less than a server allows a
// single one (PerCallLimit; whole policies are allowed ten times as much, match conditions two and a half times), or 0.
func largestSizes(lists [][]cel.CompilationResult, variables []admissionv1.Variable) uint64 {
	views := viewsOf(variables)
	for _, size := range sizesTried {
		if sum := costOf(lists, bounded{size, views}); sum < celconfig.PerCallLimit {
			return size
		}
	}
	return 0
}

func costOf(lists [][]cel.CompilationResult, sizes bounded) uint64 {
	var sum uint64
	for _, list := range lists {
		for _, result := range list {
			if result.ExpressionAccessor == nil {
				continue
			}
			if result.Ast == nil || result.Env == nil {
				return celconfig.PerCallLimit
			}
			estimate, err := result.Env.EstimateCost(result.Ast, &library.CostEstimator{SizeEstimator: sizes})
			if err != nil || estimate.Max >= celconfig.PerCallLimit {
				return celconfig.PerCallLimit
			}
			// The estimate has no cost for a selection from what has no type; where a chain of them starts costs something.
			if sum += (estimate.Max + 1) * (1 + longestChain(result.Ast.NativeRep().Expr())); sum >= celconfig.PerCallLimit {
				return sum
			}
		}
	}
	return sum
}

// longestChain is the most selections on one way down an expression.
func longestChain(e ast.Expr) uint64 {
	var deepest uint64
	below := func(members ...ast.Expr) {
		for _, member := range members {
			deepest = max(deepest, longestChain(member))
		}
	}
	switch e.Kind() {
	case ast.SelectKind:
		return 1 + longestChain(e.AsSelect().Operand())
	case ast.CallKind:
		below(e.AsCall().Args()...)
		if e.AsCall().IsMemberFunction() {
			below(e.AsCall().Target())
		}
	case ast.ListKind:
		below(e.AsList().Elements()...)
	case ast.MapKind:
		for _, entry := range e.AsMap().Entries() {
			below(entry.AsMapEntry().Key(), entry.AsMapEntry().Value())
		}
	case ast.StructKind:
		for _, field := range e.AsStruct().Fields() {
			below(field.AsStructField().Value())
		}
	case ast.ComprehensionKind:
		c := e.AsComprehension()
		below(c.IterRange(), c.AccuInit(), c.LoopCondition(), c.LoopStep(), c.Result())
	}
	return deepest
}

// bounded says of everything that a write brings that it is no larger than size; of what expressions make of it,
// upstream's estimator says what it knows.
type bounded struct {
	size uint64
	// views are the variables that are parts of what a write brings.
	views map[string]bool
}

// EstimateSize implements upstream's interface.
func (b bounded) EstimateSize(element checker.AstNode) *checker.SizeEstimate {
	path := element.Path()
	if len(path) == 0 {
		return nil
	}
	switch path[0] {
	case cel.ObjectVarName, cel.OldObjectVarName, cel.ParamsVarName, cel.NamespaceVarName:
		return &checker.SizeEstimate{Max: b.size}
	case cel.RequestVarName:
		return &checker.SizeEstimate{Max: sizeOfRequest}
	case cel.VariableVarName:
		if len(path) > 1 && b.views[path[1]] {
			return &checker.SizeEstimate{Max: max(b.size, sizeOfRequest)}
		}
	}
	return nil
}

// EstimateCallCost leaves calls to upstream.
func (bounded) EstimateCallCost(string, string, *checker.AstNode, []checker.AstNode) *checker.CallEstimate {
	return nil
}

// viewsOf names the variables that show a part of what a write brings, as `object.spec.template` does: such a value is no
// larger than what it is part of.
func viewsOf(variables []admissionv1.Variable) map[string]bool {
	views := map[string]bool{}
	for _, variable := range variables {
		parsed, errs := parse.Parse(sourceOf(variable.Expression))
		if errs == nil || len(errs.GetErrors()) == 0 {
			views[variable.Name] = isView(parsed.Expr(), views)
		}
	}
	return views
}

func isView(e ast.Expr, views map[string]bool) bool {
	switch e.Kind() {
	case ast.IdentKind:
		switch e.AsIdent() {
		case cel.ObjectVarName, cel.OldObjectVarName, cel.ParamsVarName, cel.NamespaceVarName, cel.RequestVarName:
			return true
		}
	case ast.SelectKind:
		operand := e.AsSelect().Operand()
		if operand.Kind() == ast.IdentKind && operand.AsIdent() == cel.VariableVarName {
			return views[e.AsSelect().FieldName()]
		}
		return isView(operand, views)
	case ast.ListKind:
		return len(e.AsList().Elements()) == 0
	case ast.MapKind:
		return len(e.AsMap().Entries()) == 0
	case ast.CallKind:
		call := e.AsCall()
		if call.FunctionName() == "_?_:_" {
			return isView(call.Args()[1], views) && isView(call.Args()[2], views)
		}
	}
	return false
}

// largestOf is the length of the longest text, list or map of an object.
func largestOf(object runtime.Object) uint64 {
	switch o := object.(type) {
	case nil:
		return 0
	case *unstructured.Unstructured:
		return longestOf(o.Object)
	case *shown:
		return longestOf(o.content)
	}
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		return unbounded
	}
	return longestOf(content)
}

const unbounded = 1 << 62

func longestOf(value any) uint64 {
	switch v := value.(type) {
	case string:
		return uint64(len(v))
	case []any:
		most := uint64(len(v))
		for _, member := range v {
			most = max(most, longestOf(member))
		}
		return most
	case map[string]any:
		most := uint64(len(v))
		for key, member := range v {
			most = max(most, uint64(len(key)), longestOf(member))
		}
		return most
	}
	return 0
}

func (s *subject) sizeOfNamespace() uint64 {
	if s.namespace == nil {
		return 0
	}
	if lastNamespace.of != s.namespace {
		lastNamespace.of, lastNamespace.size = s.namespace, largestOf(s.namespace)
	}
	return lastNamespace.size
}

// lastNamespace is the one that was measured last: writes come by namespace.
var lastNamespace struct {
	of   *corev1.Namespace
	size uint64
}

// ordinary: nothing in the request is longer than requests are.
func (s *subject) ordinary() bool {
	kind, user := s.result.Kind, s.attributes.GetUserInfo()
	texts := []string{
		kind.Group, kind.Version, kind.Kind, s.result.Mapping.Resource.Resource,
		s.attributes.GetName(), s.attributes.GetNamespace(),
	}
	if user != nil {
		texts = append(append(texts, user.GetName(), user.GetUID()), user.GetGroups()...)
		if len(user.GetGroups()) > sizeOfRequest || len(user.GetExtra()) > sizeOfRequest {
			return false
		}
		for key, values := range user.GetExtra() {
			if len(values) > sizeOfRequest {
				return false
			}
			texts = append(append(texts, key), values...)
		}
	}
	for _, text := range texts {
		if len(text) > sizeOfRequest {
			return false
		}
	}
	return true
}
