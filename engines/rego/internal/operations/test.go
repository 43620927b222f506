package operations

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/topdown/print"

	"preadmit.dev/engines/abi"
)

type testRequest struct {
	Time int64 `json:"time"`
	bundleSpec
}

type testResult struct {
	// Modules that do not parse or compile: no test ran then, as with opa test.
	Faults []moduleResult `json:"faults"`
	Tests  []tested       `json:"tests"`
	Data   string         `json:"data,omitempty"`
}

// tested is one test rule: pass, fail, skip (todo_test_…), error, unsupported (cases of a parameterised test).
type tested struct {
	File    string   `json:"file"`
	Line    int      `json:"line"`
	Package string   `json:"package"`
	Name    string   `json:"name"`
	Outcome string   `json:"outcome"`
	Message string   `json:"message,omitempty"`
	Output  []string `json:"output,omitempty"`
}

// test runs the test_ rules of modules as opa test does (v1/tester): a test passes when it is defined and not false.
func test(c *abi.Call) (any, error) {
	var r testRequest
	if err := c.Decode(&r); err != nil {
		return nil, err
	}
	out := testResult{Faults: []moduleResult{}, Tests: []tested{}}
	data, problem := mergeData(r.bundleSpec)
	if out.Data = problem; problem != "" {
		return out, nil
	}
	modules := map[string]*ast.Module{}
	for _, one := range r.Modules {
		m, f := parse(one.File, one.Text)
		// A test may mock what it may not call.
		if f != nil && f.Code != "builtin" {
			out.Faults = append(out.Faults, moduleResult{File: one.File, Fault: f, Entries: []entry{}})
			continue
		}
		modules[one.File] = m
	}
	if len(out.Faults) > 0 {
		return out, nil
	}
	compiler := ast.NewCompiler().WithEnablePrintStatements(true)
	compiler.Compile(modules)
	if compiler.Failed() {
		for _, err := range compiler.Errors {
			file := ""
			if err.Location != nil {
				file = err.Location.File
			}
			out.Faults = append(out.Faults, moduleResult{File: file, Fault: faultOf(err), Entries: []entry{}})
		}
		return out, nil
	}
	store := inmem.NewFromObjectWithOpts(data, inmem.OptRoundTripOnWrite(false), inmem.OptReturnASTValuesOnRead(true))
	for _, rule := range testRules(compiler) {
		one, err := runTest(compiler, store, time.Unix(r.Time, 0).UTC(), rule)
		if err != nil {
			return nil, err
		}
		out.Tests = append(out.Tests, one)
	}
	return out, nil
}

// testRules of all modules, by file and line; rules of one name in a package are one test.
func testRules(c *ast.Compiler) []*ast.Rule {
	var rules []*ast.Rule
	seen := map[string]bool{}
	for _, m := range c.Modules {
		for _, rule := range m.Rules {
			if name := ruleName(rule); strings.HasPrefix(name, "test_") || strings.HasPrefix(name, "todo_test_") {
				rules = append(rules, rule)
			}
		}
	}
	sort.SliceStable(rules, func(i, j int) bool { return rules[i].Location.Compare(rules[j].Location) < 0 })
	distinct := rules[:0]
	for _, rule := range rules {
		key := rule.Ref().GroundPrefix().String()
		if !seen[key] {
			distinct = append(distinct, rule)
		}
		seen[key] = true
	}
	return distinct
}

func ruleName(rule *ast.Rule) string {
	if first, ok := rule.Head.Ref()[0].Value.(ast.Var); ok {
		return string(first)
	}
	return string(rule.Head.Name)
}

func runTest(c *ast.Compiler, store storage.Store, at time.Time, rule *ast.Rule) (tested, error) {
	one := tested{
		File:    rule.Location.File,
		Line:    rule.Location.Row,
		Package: rule.Module.Package.Path.String(),
		Name:    rule.Head.Ref().GroundPrefix().String(),
	}
	if strings.HasPrefix(ruleName(rule), "todo_test_") {
		one.Outcome = "skip"
		return one, nil
	}
	if ref := rule.Head.Ref(); len(ref) > 1 && !ref.IsGround() {
		one.Outcome, one.Message = "unsupported", "a test with cases in its name is not run here"
		return one, nil
	}
	query, err := prepare(c, store, at, assign(rule.Ref().GroundPrefix()), "answers")
	if err != nil {
		return one, err
	}
	printed := &printer{}
	query.hook = printed
	one.Outcome = "fail"
	err = reading(store, func(txn storage.Transaction) error {
		return query.run(txn, nil, func(answer *ast.Term) error {
			if answer.Value.Compare(ast.Boolean(false)) != 0 {
				one.Outcome = "pass"
			}
			return nil
		})
	})
	if err != nil {
		one.Outcome = "error"
		_, one.Message = codeOf(err)
	}
	one.Output = printed.lines
	return one, nil
}

// printer keeps what a test prints, up to a hundred lines.
type printer struct{ lines []string }

func (p *printer) Print(c print.Context, line string) error {
	if len(p.lines) < 100 {
		p.lines = append(p.lines, fmt.Sprintf("%s:%d: %s", c.Location.File, c.Location.Row, shorten(line)))
	}
	return nil
}
