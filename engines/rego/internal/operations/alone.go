package operations

import "github.com/open-policy-agent/opa/v1/ast"

// alone asks single modules, for one request: what a package's query cannot when one of its modules breaks it. Most
// requests never need it, so what it asks is compiled when it is needed, and only for the modules that are wanted.
type alone struct {
	bundle   *bundle
	wanted   []bool
	compiler *ast.Compiler
	queries  map[int]*prepared
}

// query of one module. What it compiles has compiled before.
func (a *alone) query(path string, module int) (*prepared, error) {
	if known := a.queries[module]; known != nil {
		return known, nil
	}
	if a.compiler == nil {
		modules := map[string]*ast.Module{}
		for i, one := range a.bundle.modules {
			if one.module == nil {
				continue
			}
			entries := one.entries
			if a.wanted != nil && !a.wanted[i] {
				entries = nil
			}
			modules[one.file] = withAnswers(one.module, i, moduleAnswers(i), entries, a.bundle.unread)
		}
		a.compiler, a.queries = compile(modules), map[int]*prepared{}
	}
	query, err := a.bundle.prepare(a.compiler, path, moduleAnswers(module))
	a.queries[module] = query
	return query, err
}
