package operations

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestLibraryTables evaluates the tables of upstream's own tests of its CEL libraries as policies. They are read from
// Go's module cache, since vendor/ has no tests. With LIBRARY_CASES the requests are written to that folder as a case,
// for what answers cases.
func TestLibraryTables(t *testing.T) {
	directory := libraryDirectory(t)
	var rows []row
	for _, name := range []string{"quantity", "ip", "cidr", "semver", "format", "cost"} {
		rows = append(rows, rowsOf(t, filepath.Join(directory, name+"_test.go"))...)
	}
	if len(rows) < 250 {
		t.Fatalf("only %d rows", len(rows))
	}
	load, evaluate := libraryRequests(rows)
	if folder := os.Getenv("LIBRARY_CASES"); folder != "" {
		writeCase(t, folder, []any{load, evaluate})
	}
	ops := New()
	ask(t, ops, load, nil)
	var result struct {
		Evaluations []struct{ Policy, Outcome, Message string }
	}
	ask(t, ops, evaluate, &result)
	said := map[string]string{}
	for _, evaluation := range result.Evaluations {
		said[evaluation.Policy] += evaluation.Outcome + ": " + evaluation.Message
	}
	tables := map[string][3]int{}
	for i, r := range rows {
		counts := tables[r.table]
		switch text := said["p"+strconv.Itoa(i)]; {
		case r.skipped != "" || incomparable.MatchString(text):
			counts[2]++
		case r.agrees(text):
			counts[0]++
		default:
			counts[1]++
			t.Errorf("%s %q: %s: %s", r.table, r.expression, r.check, text)
		}
		tables[r.table] = counts
	}
	for table, counts := range tables {
		t.Logf("%s: %d agree, %d disagree, %d not comparable", table, counts[0], counts[1], counts[2])
	}
}

// incomparable are answers that say why a row of upstream's bare environments is none of an API server: it refuses
// literals of mixed types, has jsonpatch for mutations only, and asks a cluster who may do what.
var incomparable = regexp.MustCompile(`expected type '.*' but found|undeclared reference to 'jsonpatch'|\(authorizer\)`)

func libraryDirectory(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-mod=mod", "-m", "-f", "{{.Dir}}", "k8s.io/apiserver").Output()
	directory := filepath.Join(strings.TrimSpace(string(out)), "pkg", "cel", "library")
	if _, failed := os.Stat(directory); err != nil || failed != nil {
		t.Skip("k8s.io/apiserver is not in the module cache")
	}
	return directory
}

// row is one entry of a table: its expression, and the one that says whether the result is what upstream expects.
type row struct {
	table, expression, check string
	compile, runtime         []string
	skipped                  string
}

func (r row) agrees(said string) bool {
	for _, pattern := range append(r.compile, r.runtime...) {
		// Some tables hold patterns, others plain texts.
		expression, err := regexp.Compile(pattern)
		matches := strings.Contains(said, pattern) || (err == nil && expression.MatchString(strings.ReplaceAll(said, "\n", " ")))
		if !strings.HasPrefix(said, "error: ") || !matches {
			return false
		}
	}
	return len(r.compile)+len(r.runtime) > 0 || said == ""
}

func libraryRequests(rows []row) (load, evaluate map[string]any) {
	var policies, bindings []any
	for i, r := range rows {
		name := "p" + strconv.Itoa(i)
		spec := validation(r.check)
		spec["matchConstraints"] = map[string]any{"resourceRules": []any{map[string]any{
			"apiGroups": []any{""}, "apiVersions": []any{"v1"}, "operations": []any{"*"}, "resources": []any{"configmaps"},
		}}}
		policies = append(policies, map[string]any{
			"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy",
			"metadata": map[string]any{"name": name}, "spec": spec,
		})
		bindings = append(bindings, map[string]any{
			"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding",
			"metadata": map[string]any{"name": name}, "spec": map[string]any{"policyName": name, "validationActions": []any{"Deny"}},
		})
	}
	object := json.RawMessage(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"}}`)
	return map[string]any{"op": "load", "kubernetes": "1.37", "policies": policies, "bindings": bindings},
		map[string]any{"op": "policy.evaluate", "writes": []any{map[string]any{"operation": "CREATE", "object": object, "namespace": "default"}}}
}

func writeCase(t *testing.T, folder string, requests []any) {
	t.Helper()
	text, err := json.Marshal(requests)
	if err == nil {
		err = os.MkdirAll(filepath.Join(folder, "library"), 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, "library", "request.json"), text, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func rowsOf(t *testing.T, file string) []row {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	table := strings.TrimSuffix(filepath.Base(file), "_test.go")
	var rows []row
	for _, declaration := range parsed.Decls {
		function, ok := declaration.(*ast.FuncDecl)
		if !ok || function.Body == nil {
			continue
		}
		scope := assignments(function.Body)
		ast.Inspect(function.Body, func(node ast.Node) bool {
			if literal, ok := node.(*ast.CompositeLit); ok {
				if r, ok := rowOf(table, literal, scope); ok {
					rows = append(rows, r)
				}
			}
			return true
		})
	}
	return rows
}

// assignments are the values of a function's short declarations.
func assignments(body *ast.BlockStmt) map[string]ast.Expr {
	scope := map[string]ast.Expr{}
	ast.Inspect(body, func(node ast.Node) bool {
		if assign, ok := node.(*ast.AssignStmt); ok && len(assign.Rhs) == 1 {
			if name, ok := assign.Lhs[0].(*ast.Ident); ok {
				scope[name.Name] = assign.Rhs[0]
			}
		}
		return true
	})
	return scope
}

func rowOf(table string, literal *ast.CompositeLit, scope map[string]ast.Expr) (row, bool) {
	r := row{table: table}
	var expected ast.Expr
	found := false
	for _, element := range literal.Elts {
		pair, ok := element.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		key, _ := pair.Key.(*ast.Ident)
		switch {
		case key == nil:
		case key.Name == "expr":
			r.expression, found = text(pair.Value)
		case strings.Contains(key.Name, "CompileErr"):
			r.compile = texts(pair.Value)
		case strings.Contains(key.Name, "RuntimeErr"):
			r.runtime = texts(pair.Value)
		case key.Name == "expectValue" || key.Name == "expectResult":
			expected = pair.Value
		}
	}
	if !found {
		return r, false
	}
	switch {
	case strings.Contains(r.expression, "object.") || strings.Contains(r.expression, "self."):
		r.check, r.skipped = "true", "needs variables"
	case table == "cost" || len(r.compile)+len(r.runtime) > 0:
		// Its value does not matter; `[…].size()` makes a truth value of everything.
		r.check = "[" + r.expression + "].size() == 1"
	default:
		r.check, r.skipped = checkOf(r.expression, expected, scope)
	}
	return r, true
}

// checkOf writes an expected Go value as CEL.
func checkOf(expression string, expected ast.Expr, scope map[string]ast.Expr) (check, skipped string) {
	if name, ok := expected.(*ast.Ident); ok && scope[name.Name] != nil {
		expected = scope[name.Name]
	}
	switch e := expected.(type) {
	case *ast.SelectorExpr:
		switch e.Sel.Name {
		case "OptionalNone":
			return "!(" + expression + ").hasValue()", ""
		case "True", "False":
			return "(" + expression + ") == " + strings.ToLower(e.Sel.Name), ""
		}
	case *ast.CallExpr:
		function, _ := e.Fun.(*ast.SelectorExpr)
		if function == nil || len(e.Args) == 0 {
			break
		}
		switch value := source(e.Args[0]); function.Sel.Name {
		case "Bool", "Int", "String":
			if value != "" {
				return "(" + expression + ") == " + value, ""
			}
		case "Double":
			if value != "" {
				return "(" + expression + ") == double(" + value + ")", ""
			}
		case "OptionalOf":
			return "(" + expression + ").hasValue()", ""
		}
	case *ast.CompositeLit:
		function, _ := e.Type.(*ast.SelectorExpr)
		value := parsedText(e, scope, 0)
		if function == nil || value == "" || (function.Sel.Name == "CIDR" && !strings.Contains(value, "/")) {
			break
		}
		switch function.Sel.Name {
		case "Quantity":
			return "(" + expression + ").compareTo(quantity(" + strconv.Quote(value) + ")) == 0", ""
		case "Semver":
			return "(" + expression + ").compareTo(semver(" + strconv.Quote(value) + ")) == 0", ""
		case "IP", "CIDR":
			return "(" + expression + ") == " + strings.ToLower(function.Sel.Name) + "(" + strconv.Quote(value) + ")", ""
		}
	}
	return "true", "its value has no text"
}

// parsedText is the text from which a value was made: the argument of MustParse, ParseAddr and the like.
func parsedText(node ast.Expr, scope map[string]ast.Expr, depth int) string {
	found := ""
	ast.Inspect(node, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if len(n.Args) > 0 && found == "" {
				found, _ = text(n.Args[0])
			}
		case *ast.Ident:
			if value := scope[n.Name]; value != nil && found == "" && depth < 3 {
				found = parsedText(value, scope, depth+1)
			}
		}
		return true
	})
	return found
}

func source(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if value, ok := text(e); ok {
			return strconv.Quote(value)
		}
		return e.Value
	case *ast.Ident:
		if e.Name == "true" || e.Name == "false" {
			return e.Name
		}
	case *ast.UnaryExpr:
		if inner := source(e.X); e.Op == token.SUB && inner != "" {
			return "-" + inner
		}
	}
	return ""
}

func text(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			value, err := strconv.Unquote(e.Value)
			return value, err == nil
		}
	case *ast.BinaryExpr:
		left, ok := text(e.X)
		right, too := text(e.Y)
		return left + right, ok && too
	}
	return "", false
}

func texts(e ast.Expr) []string {
	if value, ok := text(e); ok {
		return []string{value}
	}
	var all []string
	if list, ok := e.(*ast.CompositeLit); ok {
		for _, element := range list.Elts {
			if value, ok := text(element); ok {
				all = append(all, value)
			}
		}
	}
	return all
}
