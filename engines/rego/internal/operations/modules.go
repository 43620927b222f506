package operations

import (
	"errors"
	"regexp"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

type moduleSpec struct {
	File string `json:"file"`
	Text string `json:"text"`
	// Fault is known to the host already.
	Fault *fault `json:"fault"`
}

// A fault says why a module or template is not evaluated: builtin (it calls a removed one), dependency (it needs a
// module that is not evaluated), invalid (OPA refuses it).
type fault struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Line    int    `json:"line,omitempty"`
}

func (f *fault) Error() string { return f.Message }

// parse reads a module as Rego v1, and as v0 when that fails; the v1 error is told when both do.
func parse(file, text string) (*ast.Module, *fault) {
	options := ast.ParserOptions{ProcessAnnotation: true, RegoVersion: ast.RegoV1}
	m, err := ast.ParseModuleWithOpts(file, text, options)
	if err != nil {
		options.RegoVersion = ast.RegoV0
		if old, otherwise := ast.ParseModuleWithOpts(file, text, options); otherwise == nil {
			m, err = old, nil
		}
	}
	if err != nil {
		return nil, faultOf(err)
	}
	if m == nil {
		return nil, &fault{Code: "invalid", Message: "the module is empty"}
	}
	if names := removedCalls(m); len(names) > 0 {
		return m, &fault{Code: "builtin", Message: unavailable(names)}
	}
	return m, nil
}

func unavailable(names []string) string {
	return "it calls " + strings.Join(names, " and ") + ", which nothing answers here"
}

// ownRule is how OPA names the rule that addAnswers made of the author's.
var ownRule = regexp.MustCompile(` in rule preadmit_answers(_\d+)?`)

// faultOf is OPA's first error, without the file that the caller knows.
func faultOf(err error) *fault {
	var list ast.Errors
	if errors.As(err, &list) && len(list) > 0 {
		err = list[0]
	}
	var one *ast.Error
	if errors.As(err, &one) {
		f := &fault{Code: "invalid", Message: one.Code + ": " + shorten(ownRule.ReplaceAllString(one.Message, ""))}
		if one.Location != nil {
			f.Line = one.Location.Row
		}
		return f
	}
	return &fault{Code: "invalid", Message: shorten(err.Error())}
}

var packageLine = regexp.MustCompile(`(?m)^\s*package\s+([\w.]+)`)

// packageOf a module, or of the text of one that does not parse; empty when nobody can tell.
func packageOf(m *ast.Module, text string) string {
	if m != nil {
		return m.Package.Path.String()
	}
	if found := packageLine.FindStringSubmatch(text); found != nil {
		return "data." + found[1]
	}
	return ""
}

// needs tells whether a module refers to something of a package that is not its own.
func needs(m *ast.Module, path string) bool {
	if path == "" || m.Package.Path.String() == path {
		return false
	}
	found := false
	ast.WalkRefs(m, func(ref ast.Ref) bool {
		constant := ref.ConstantPrefix().String()
		if constant == path || strings.HasPrefix(constant, path+".") || strings.HasPrefix(constant, path+"[") {
			found = true
		}
		return found
	})
	return found
}
