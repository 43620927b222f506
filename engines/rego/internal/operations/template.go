package operations

import (
	"errors"
	"fmt"
	"time"

	"github.com/open-policy-agent/frameworks/constraint/pkg/regorewriter"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
)

type templatesSpec struct {
	Templates []templateSpec `json:"templates"`
	// Constraints that reviews name: their parameters, with defaults.
	Constraints []struct {
		Kind       string         `json:"kind"`
		Name       string         `json:"name"`
		Parameters map[string]any `json:"parameters"`
	} `json:"constraints"`
	// Inventory is data.inventory: {"cluster": …, "namespace": …}.
	Inventory map[string]any `json:"inventory"`
}

type templateSpec struct {
	Kind    string   `json:"kind"`
	Rego    string   `json:"rego"`
	Libs    []string `json:"libs"`
	Version string   `json:"version"`
	Fault   *fault   `json:"fault"`
}

type templateResult struct {
	Kind  string `json:"kind"`
	Fault *fault `json:"fault,omitempty"`
}

type gatekeeper struct {
	store     storage.Store
	templates map[string]*prepared
}

// Names, packages and the hook are those of the constraint framework's Rego driver (pkg/client/drivers/rego), whose
// package drags HTTP clients and controllers; its rewriter is linked as it is.
const (
	templatePath   = "template"
	libraryPrefix  = "libs"
	hookModulePath = "hooks.hooks_builtin"
	hook           = `package hooks

violation[response] {
  key := input.constraints[_]
  inp := {
    "review": input.review,
    "parameters": data.constraints[key.kind][key.name],
  }
  data.template.violation[r] with input as inp
  response := {
    "key": key,
    "details": object.get(r, "details", {}),
    "msg": r.msg,
  }
}
`
)

func compileTemplates(spec templatesSpec, at time.Time) (*gatekeeper, []templateResult, error) {
	constraints := map[string]any{}
	for _, one := range spec.Constraints {
		ofKind, ok := constraints[one.Kind].(map[string]any)
		if !ok {
			ofKind = map[string]any{}
			constraints[one.Kind] = ofKind
		}
		if one.Parameters == nil {
			one.Parameters = map[string]any{}
		}
		ofKind[one.Name] = one.Parameters
	}
	if spec.Inventory == nil {
		spec.Inventory = map[string]any{}
	}
	data := map[string]any{"constraints": constraints, "inventory": spec.Inventory}
	g := &gatekeeper{
		store:     inmem.NewFromObjectWithOpts(data, inmem.OptRoundTripOnWrite(false), inmem.OptReturnASTValuesOnRead(true)),
		templates: map[string]*prepared{},
	}
	results := make([]templateResult, len(spec.Templates))
	for i, one := range spec.Templates {
		results[i].Kind = one.Kind
		if results[i].Fault = one.Fault; one.Fault != nil {
			continue
		}
		compiler, err := compileTemplate(one)
		if err != nil {
			results[i].Fault = templateFault(err)
			continue
		}
		violation := ast.MustParseRef("data.hooks.violation").Append(ast.VarTerm("answers"))
		query, err := prepare(compiler, g.store, at, ast.NewBody(ast.NewExpr(ast.NewTerm(violation))), "answers")
		if err != nil {
			return nil, nil, err
		}
		g.templates[one.Kind] = query
	}
	return g, results, nil
}

func templateFault(err error) *fault {
	var known *fault
	if errors.As(err, &known) {
		return known
	}
	return faultOf(err)
}

// compileTemplate is parseConstraintTemplateTarget and compileTemplateTarget of the framework's Rego driver.
func compileTemplate(spec templateSpec) (*ast.Compiler, error) {
	rewriter, err := regorewriter.New(regorewriter.NewPackagePrefixer(libraryPrefix), []string{"data.lib"}, []string{"data.inventory"})
	if err != nil {
		return nil, err
	}
	version := ast.RegoV0
	if spec.Version == "v1" {
		version = ast.RegoV1
	}
	entryPoint, err := parseTemplate(templatePath, version, spec.Rego)
	if err != nil {
		return nil, err
	}
	entryPoint.Package.Path = ast.MustParseRef("data." + templatePath)
	if !defines(entryPoint, "violation") {
		return nil, &fault{Code: "invalid", Message: "the Rego has no rule violation"}
	}
	rewriter.AddEntryPointModule(templatePath, entryPoint)
	for i, text := range spec.Libs {
		path := fmt.Sprintf(`%s["lib_%d"]`, libraryPrefix, i)
		library, err := parseTemplate(path, version, text)
		if err != nil {
			return nil, err
		}
		if err := rewriter.AddLib(path, library); err != nil {
			return nil, err
		}
	}
	sources, err := rewriter.Rewrite()
	if err != nil {
		return nil, err
	}
	modules := map[string]*ast.Module{
		hookModulePath: ast.MustParseModuleWithOpts(hook, ast.ParserOptions{RegoVersion: ast.RegoV0}),
	}
	for _, list := range [][]*regorewriter.Module{sources.EntryPoints, sources.Libs} {
		for _, one := range list {
			modules[fmt.Sprintf("%s%d", templatePath, len(modules)-1)] = one.Module
		}
	}
	c := ast.NewCompiler().WithCapabilities(pure).WithEnablePrintStatements(false)
	c.Compile(modules)
	if c.Failed() {
		return nil, c.Errors
	}
	return c, nil
}

func parseTemplate(path string, version ast.RegoVersion, text string) (*ast.Module, error) {
	m, err := ast.ParseModuleWithOpts(path, text, ast.ParserOptions{RegoVersion: version})
	if err != nil {
		return nil, err
	}
	if m == nil {
		return nil, &fault{Code: "invalid", Message: "the module is empty"}
	}
	missing := removedCalls(m)
	ast.WalkRefs(m, func(ref ast.Ref) bool {
		if ref.String() == "external_data" {
			missing = append(missing, "external_data")
			return true
		}
		return false
	})
	if len(missing) > 0 {
		return nil, &fault{Code: "builtin", Message: unavailable(missing)}
	}
	return m, nil
}

func defines(m *ast.Module, name string) bool {
	for _, rule := range m.Rules {
		if string(rule.Head.Name) == name {
			return true
		}
	}
	return false
}
