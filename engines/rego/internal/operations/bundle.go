package operations

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
)

type bundleSpec struct {
	Modules []moduleSpec `json:"modules"`
	Data    []struct {
		Path  []string `json:"path"`
		Value any      `json:"value"`
	} `json:"data"`
}

type bundleResult struct {
	Modules []moduleResult `json:"modules"`
	// Data says why a document could not be merged; nothing is evaluated then.
	Data string `json:"data,omitempty"`
}

type moduleResult struct {
	File    string  `json:"file"`
	Package string  `json:"package,omitempty"`
	Fault   *fault  `json:"fault,omitempty"`
	Entries []entry `json:"entries"`
	// Combined modules are written for conftest's --combine: they read input[i].contents.
	Combined bool `json:"combined,omitempty"`
}

// bundle is a set of modules that see each other and their data, as conftest loads a policy directory.
type bundle struct {
	modules  []authored
	store    storage.Store
	time     time.Time
	packages []*packaged
	unread   map[*ast.Rule]bool
	// file tells that a module reads data.conftest.file.
	file bool
}

// authored is a module as its author wrote it; nil when it is not evaluated.
type authored struct {
	file    string
	module  *ast.Module
	entries []*ast.Rule
}

// packaged are the modules of one package that have entries, and the package's exceptions.
type packaged struct {
	path      string
	modules   []*judged
	query     *prepared
	exception *prepared
}

// judged is one module with entries.
type judged struct {
	number  int
	entries []entry
}

func compileBundle(spec bundleSpec, at time.Time) (*bundle, bundleResult, error) {
	result := bundleResult{Modules: make([]moduleResult, len(spec.Modules))}
	b := &bundle{modules: make([]authored, len(spec.Modules)), time: at}
	for i, one := range spec.Modules {
		r := &result.Modules[i]
		r.File, r.Entries, r.Fault = one.File, []entry{}, one.Fault
		m := &b.modules[i]
		m.file = one.File
		if r.Fault == nil {
			m.module, r.Fault = parse(one.File, one.Text)
		}
		r.Package = packageOf(m.module, one.Text)
		if r.Fault == nil {
			r.Combined = readsCombined(m.module)
			r.Entries, m.entries, r.Fault = findEntries(m.module)
		}
	}
	exclude(b.modules, result.Modules)
	compiler := b.compileRest(result.Modules)

	data, problem := mergeData(spec)
	if problem != "" {
		result.Data = problem
		return b, result, nil
	}
	b.store = inmem.NewFromObjectWithOpts(data, inmem.OptRoundTripOnWrite(false), inmem.OptReturnASTValuesOnRead(true))
	annotations := annotationsOf(b.modules, result.Modules)
	for i := range result.Modules {
		r := &result.Modules[i]
		if r.Entries == nil {
			r.Entries = []entry{}
		}
		if r.Fault != nil {
			b.modules[i].module = nil
			continue
		}
		b.file = b.file || mentions(b.modules[i].module, "data.conftest")
		if len(r.Entries) == 0 {
			continue
		}
		for n, rule := range b.modules[i].entries {
			r.Entries[n].Metadata = describe(annotations, rule)
		}
		p, err := b.packaged(compiler, r.Package)
		if err != nil {
			return nil, result, err
		}
		p.modules = append(p.modules, &judged{number: i, entries: r.Entries})
	}
	return b, result, nil
}

// packaged is the package of a path, prepared when its first module is added.
func (b *bundle) packaged(c *ast.Compiler, path string) (*packaged, error) {
	for _, p := range b.packages {
		if p.path == path {
			return p, nil
		}
	}
	p := &packaged{path: path}
	b.packages = append(b.packages, p)
	var err error
	if p.query, err = b.prepare(c, path, packageAnswers); err != nil {
		return nil, err
	}
	exception := ast.MustParseRef(path).Append(ast.StringTerm("exception"))
	if len(c.GetRules(exception)) == 0 {
		return p, nil
	}
	// conftest asks data.<namespace>.exception[_][_] == "<rule>".
	each := exception.Append(ast.VarTerm("_1")).Append(ast.VarTerm("_2"))
	p.exception, err = prepare(c, b.store, b.time, assign(each), "answers")
	return p, err
}

func (b *bundle) prepare(c *ast.Compiler, path, rule string) (*prepared, error) {
	return prepare(c, b.store, b.time, assign(ast.MustParseRef(path).Append(ast.StringTerm(rule))), "answers")
}

// assign is the query `<ref> = answers`.
func assign(ref ast.Ref) ast.Body {
	return ast.NewBody(ast.Equality.Expr(ast.NewTerm(ref), ast.VarTerm("answers")))
}

// exclude marks modules that need something of a module that is not evaluated: undefined would look like a pass.
func exclude(modules []authored, results []moduleResult) {
	for changed := true; changed; {
		changed = false
		for i := range results {
			if results[i].Fault != nil {
				continue
			}
			for j := range results {
				if results[j].Fault == nil || !needs(modules[i].module, results[j].Package) {
					continue
				}
				message := "needs " + modules[j].file + ", which is not evaluated"
				results[i].Fault = &fault{Code: "dependency", Message: message}
				changed = true
				break
			}
		}
	}
}

// compileRest compiles what has no fault. A module that the compiler refuses is left out, and the rest goes on.
func (b *bundle) compileRest(results []moduleResult) *ast.Compiler {
	for {
		b.unread = unreadEntries(b.modules, results)
		modules := map[string]*ast.Module{}
		for i, one := range b.modules {
			if results[i].Fault == nil {
				modules[one.file] = withAnswers(one.module, i, packageAnswers, one.entries, b.unread)
			}
		}
		c := compile(modules)
		if !c.Failed() || len(modules) == 0 {
			return c
		}
		blame(c.Errors, results)
		exclude(b.modules, results)
	}
}

func compile(modules map[string]*ast.Module) *ast.Compiler {
	c := ast.NewCompiler().WithCapabilities(pure).WithEnablePrintStatements(false).SetErrorLimit(0)
	c.Compile(modules)
	return c
}

// blame gives each module its first error. An error without a place is everybody's.
func blame(errs ast.Errors, results []moduleResult) {
	blamed := false
	for _, err := range errs {
		for i := range results {
			if results[i].Fault == nil && err.Location != nil && err.Location.File == results[i].File {
				results[i].Fault = faultOf(err)
				blamed = true
			}
		}
	}
	if blamed {
		return
	}
	for i := range results {
		if results[i].Fault == nil {
			results[i].Fault = faultOf(errs)
		}
	}
}

// annotationsOf the modules that compiled.
func annotationsOf(authors []authored, results []moduleResult) *ast.AnnotationSet {
	var modules []*ast.Module
	for i, one := range authors {
		if results[i].Fault == nil {
			modules = append(modules, one.module)
		}
	}
	// The compiler has refused what is declared twice.
	annotations, _ := ast.BuildAnnotationSet(modules)
	return annotations
}

// mergeData puts documents under the paths of their folders, as OPA's loader does; two values in one place are an error.
func mergeData(spec bundleSpec) (map[string]any, string) {
	root := map[string]any{}
	for _, document := range spec.Data {
		at := root
		for _, step := range document.Path {
			next, ok := at[step].(map[string]any)
			if !ok {
				if _, taken := at[step]; taken {
					return nil, "two documents have a value at " + strings.Join(document.Path, "/")
				}
				next = map[string]any{}
				at[step] = next
			}
			at = next
		}
		value, ok := document.Value.(map[string]any)
		if !ok {
			return nil, "the document at " + cmp.Or(strings.Join(document.Path, "/"), "the root") + " is no object"
		}
		if conflict := mergeObjects(at, value); conflict != "" {
			return nil, "two documents have a value at " + conflict
		}
	}
	return root, ""
}

func mergeObjects(into, from map[string]any) string {
	for key, value := range from {
		known, taken := into[key]
		if !taken {
			into[key] = value
			continue
		}
		a, ok := known.(map[string]any)
		b, also := value.(map[string]any)
		if !ok || !also {
			return key
		}
		if conflict := mergeObjects(a, b); conflict != "" {
			return key + "/" + conflict
		}
	}
	return ""
}

// readsCombined recognises input[i].contents and input[_].path of conftest --combine.
func readsCombined(m *ast.Module) bool {
	found := false
	ast.WalkRefs(m, func(ref ast.Ref) bool {
		if len(ref) < 3 || !ref[0].Equal(ast.InputRootDocument) {
			return false
		}
		field, ok := ref[2].Value.(ast.String)
		if _, named := ref[1].Value.(ast.String); !named && ok && slices.Contains([]ast.String{"contents", "path"}, field) {
			found = true
		}
		return found
	})
	return found
}

func mentions(m *ast.Module, prefix string) bool {
	found := false
	ast.WalkRefs(m, func(ref ast.Ref) bool {
		found = found || strings.HasPrefix(ref.String(), prefix)
		return found
	})
	return found
}
