package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"sort"
	"strings"
)

// removeDeclarations takes the declarations of Remove, or all but those of KeepOnly, out of a file together with
// their comments. A name that is not there is an error.
func removeDeclarations(file *ast.File, rule Rule) error {
	if len(rule.Remove)+len(rule.KeepOnly) == 0 {
		return nil
	}
	names := map[string]bool{} // name → seen
	for _, name := range slices.Concat(rule.Remove, rule.KeepOnly) {
		names[name] = false
	}
	goes := func(name string) bool {
		_, listed := names[name]
		if listed {
			names[name] = true
		}
		if len(rule.Remove) > 0 {
			return listed
		}
		receiver, _, isMethod := strings.Cut(name, ".")
		return !listed && !(isMethod && slices.Contains(rule.KeepOnly, receiver))
	}

	var gone []span
	file.Decls = slices.DeleteFunc(file.Decls, func(declaration ast.Decl) bool {
		switch d := declaration.(type) {
		case *ast.FuncDecl:
			if !goes(functionName(d)) {
				return false
			}
		case *ast.GenDecl:
			if d.Tok == token.IMPORT {
				return false
			}
			whole := spanOf(d)
			d.Specs = slices.DeleteFunc(d.Specs, func(spec ast.Spec) bool {
				if !goes(specName(spec)) {
					return false
				}
				gone = append(gone, spanOf(spec))
				return true
			})
			if len(d.Specs) == 0 {
				gone = append(gone, whole)
			}
			return len(d.Specs) == 0
		}
		gone = append(gone, spanOf(declaration))
		return true
	})
	dropComments(file, gone)

	var missing []string
	for name, seen := range names {
		if !seen {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		sort.Strings(missing)
		return fmt.Errorf("no such declaration: %s", strings.Join(missing, ", "))
	}
	return nil
}

// functionName is `Func` or `Type.Method`, without the star and the type parameters of a receiver.
func functionName(function *ast.FuncDecl) string {
	if function.Recv == nil || len(function.Recv.List) == 0 {
		return function.Name.Name
	}
	receiver := function.Recv.List[0].Type
	for {
		switch t := receiver.(type) {
		case *ast.StarExpr:
			receiver = t.X
		case *ast.IndexExpr:
			receiver = t.X
		case *ast.IndexListExpr:
			receiver = t.X
		case *ast.Ident:
			return t.Name + "." + function.Name.Name
		default:
			return function.Name.Name
		}
	}
}

func specName(spec ast.Spec) string {
	switch s := spec.(type) {
	case *ast.TypeSpec:
		return s.Name.Name
	case *ast.ValueSpec:
		return s.Names[0].Name
	}
	return ""
}

// span is where a removed declaration stood, its comment included.
type span struct{ from, to token.Pos }

// dropComments removes what stands in a removed declaration: the printer would put it somewhere else.
func dropComments(file *ast.File, gone []span) {
	file.Comments = slices.DeleteFunc(file.Comments, func(comment *ast.CommentGroup) bool {
		return slices.ContainsFunc(gone, func(s span) bool { return comment.Pos() >= s.from && comment.End() <= s.to })
	})
}

func spanOf(node ast.Node) span {
	var doc *ast.CommentGroup
	to := node.End()
	switch n := node.(type) {
	case *ast.FuncDecl:
		doc = n.Doc
	case *ast.GenDecl:
		doc = n.Doc
	case *ast.TypeSpec:
		doc, to = n.Doc, max(to, endOf(n.Comment))
	case *ast.ValueSpec:
		doc, to = n.Doc, max(to, endOf(n.Comment))
	}
	if doc != nil {
		return span{doc.Pos(), to}
	}
	return span{node.Pos(), to}
}

func endOf(comment *ast.CommentGroup) token.Pos {
	if comment == nil {
		return token.NoPos
	}
	return comment.End()
}
