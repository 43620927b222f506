package policy

import (
	"slices"
	"strings"

	"github.com/google/cel-go/common"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/parser"
	"k8s.io/apiserver/pkg/admission/plugin/cel"
)

// reads says what an expression takes from the cluster, itself or through variables.
type reads struct {
	// authorizer: who may do what is in no repository.
	authorizer bool
	// namespace: more of the namespace than its name.
	namespace bool
}

func (r reads) or(other reads) reads {
	return reads{r.authorizer || other.authorizer, r.namespace || other.namespace}
}

// findReads looks through the expressions once. Variables refer backwards only, so one pass in order is enough.
func (p *Policy) findReads() {
	spec := &p.definition.Spec
	known := map[string]reads{}
	for _, v := range spec.Variables {
		known[v.Name] = readsOf(v.Expression, known)
	}
	p.conditionReads = map[string]reads{}
	for _, c := range spec.MatchConditions {
		p.conditionReads[c.Name] = readsOf(c.Expression, known)
	}
	for _, v := range spec.Validations {
		read := readsOf(v.Expression, known)
		p.validationReads = append(p.validationReads, read)
		p.readsAuthorizer = p.readsAuthorizer || read.authorizer
	}
	for _, a := range spec.AuditAnnotations {
		p.annotationReads = append(p.annotationReads, readsOf(a.ValueExpression, known))
	}
}

// parse knows every macro and the optional syntax; an expression that it cannot parse does not compile either, and
// then it reads nothing.
var parse = func() *parser.Parser {
	p, err := parser.NewParser(parser.Macros(parser.AllMacros...), parser.EnableOptionalSyntax(true))
	if err != nil {
		panic(err)
	}
	return p
}()

// mentions is false of most expressions, which need not be parsed again.
func mentions(expression string) bool {
	return slices.ContainsFunc([]string{cel.AuthorizerVarName, cel.NamespaceVarName, cel.VariableVarName}, func(name string) bool {
		return strings.Contains(expression, name)
	})
}

func sourceOf(expression string) common.Source { return common.NewTextSource(expression) }

func readsOf(expression string, variables map[string]reads) reads {
	if !mentions(expression) {
		return reads{}
	}
	parsed, errs := parse.Parse(sourceOf(expression))
	if errs != nil && len(errs.GetErrors()) > 0 {
		return reads{}
	}
	var found reads
	namespaces, names := 0, 0
	ast.PreOrderVisit(parsed.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.IdentKind:
			switch e.AsIdent() {
			case cel.AuthorizerVarName:
				found.authorizer = true
			case cel.NamespaceVarName:
				namespaces++
			}
		case ast.SelectKind:
			if isNamespaceName(e) {
				names++
			} else if operand := e.AsSelect().Operand(); operand.Kind() == ast.IdentKind && operand.AsIdent() == cel.VariableVarName {
				found = found.or(variables[e.AsSelect().FieldName()])
			}
		}
	}))
	found.namespace = found.namespace || namespaces > names
	return found
}

// isNamespaceName recognises namespaceObject.metadata.name, which is known of every namespace.
func isNamespaceName(e ast.Expr) bool {
	name := e.AsSelect()
	if name.FieldName() != "name" || name.Operand().Kind() != ast.SelectKind {
		return false
	}
	metadata := name.Operand().AsSelect()
	root := metadata.Operand()
	return metadata.FieldName() == "metadata" && root.Kind() == ast.IdentKind && root.AsIdent() == cel.NamespaceVarName
}
