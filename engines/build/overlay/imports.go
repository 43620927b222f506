package main

import (
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// addImport adds `path` or `name path` unless the file imports that path under that name already.
func addImport(file *ast.File, spec string) {
	name, target, named := strings.Cut(spec, " ")
	if !named {
		name, target = "", spec
	}
	added := &ast.ImportSpec{Path: &ast.BasicLit{Kind: token.STRING, Value: strconv.Quote(target)}}
	if name != "" {
		added.Name = ast.NewIdent(name)
	}
	for _, existing := range file.Imports {
		if existing.Path.Value == added.Path.Value && nameOf(existing) == name {
			return
		}
	}
	file.Imports = append(file.Imports, added)
	// Behind the package clause, so that no comment moves into it.
	declaration := &ast.GenDecl{Tok: token.IMPORT, TokPos: file.Name.End(), Specs: []ast.Spec{added}}
	file.Decls = append([]ast.Decl{declaration}, file.Decls...)
}

func nameOf(spec *ast.ImportSpec) string {
	if spec.Name == nil {
		return ""
	}
	return spec.Name.Name
}

// pruneImports removes the imports that nothing in the file refers to any more.
func pruneImports(file *ast.File) {
	used := usedPackages(file)
	unused := func(spec *ast.ImportSpec) bool {
		switch name := nameOf(spec); name {
		case "_", ".":
			return false
		case "":
			target, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return false
			}
			return !slices.ContainsFunc(packageNames(target), func(name string) bool { return used[name] })
		default:
			return !used[name]
		}
	}
	file.Decls = slices.DeleteFunc(file.Decls, func(declaration ast.Decl) bool {
		imports, ok := declaration.(*ast.GenDecl)
		if !ok || imports.Tok != token.IMPORT {
			return false
		}
		imports.Specs = slices.DeleteFunc(imports.Specs, func(spec ast.Spec) bool {
			return unused(spec.(*ast.ImportSpec))
		})
		return len(imports.Specs) == 0
	})
}

func usedPackages(file *ast.File) map[string]bool {
	used := map[string]bool{}
	for _, declaration := range file.Decls {
		if imports, ok := declaration.(*ast.GenDecl); ok && imports.Tok == token.IMPORT {
			continue
		}
		ast.Inspect(declaration, func(node ast.Node) bool {
			if selector, ok := node.(*ast.SelectorExpr); ok {
				if identifier, ok := selector.X.(*ast.Ident); ok {
					used[identifier.Name] = true
				}
			}
			return true
		})
	}
	return used
}

var majorVersion = regexp.MustCompile(`^v[0-9]+$`)

// packageNames guesses the names under which an import without a name can be used: packages need not be named as
// their folder. A guess too many keeps an import, and then the compiler says that it is unused.
func packageNames(target string) []string {
	base := path.Base(target)
	names := []string{base}
	if majorVersion.MatchString(base) {
		// `k8s.io/api/core/v1` is named v1, `example.org/library/v2` is named library.
		base = path.Base(path.Dir(target))
		names = append(names, base)
	}
	base, _, _ = strings.Cut(base, ".") // gopkg.in/yaml.v3
	names = append(names, base, strings.TrimPrefix(base, "go-"), strings.TrimSuffix(base, "-go"))
	return append(names, strings.ReplaceAll(base, "-", ""))
}
