package operations

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// removed are the builtins whose answer is no function of policy and input. A module that calls one does not compile.
// The clock stays: it stands at the time that the request names.
var removed = []string{"http.send", "net.lookup_ip_addr", "opa.runtime", "rand.intn", "uuid.rfc4122"}

// pure are this version's capabilities without the removed builtins.
var pure = func() *ast.Capabilities {
	c := ast.CapabilitiesForThisVersion()
	c.Builtins = slices.DeleteFunc(slices.Clone(c.Builtins), func(b *ast.Builtin) bool {
		return slices.Contains(removed, b.Name)
	})
	c.AllowNet = []string{}
	return c
}()

// Tests may name a removed builtin to put a mock in its place; without a mock it fails.
func init() {
	for _, name := range removed {
		topdown.RegisterBuiltinFunc(name, func(topdown.BuiltinContext, []*ast.Term, func(*ast.Term) error) error {
			return topdown.Halt{Err: &topdown.Error{Code: topdown.BuiltinErr, Message: name + " is not available here"}}
		})
	}
}

// removedCalls names the removed builtins that a module calls or mentions, sorted.
func removedCalls(m *ast.Module) []string {
	var found []string
	ast.WalkRefs(m, func(ref ast.Ref) bool {
		if name := ref.String(); slices.Contains(removed, name) && !slices.Contains(found, name) {
			found = append(found, name)
		}
		return false
	})
	slices.Sort(found)
	return found
}
