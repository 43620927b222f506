package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"regexp"
	"strings"
)

// editSource applies the edits of a rule to the text of one upstream file.
func editSource(name string, source []byte, rule Rule) ([]byte, error) {
	text := string(source)
	for _, s := range rule.Substitute {
		var err error
		if text, err = s.apply(text); err != nil {
			return nil, err
		}
	}
	if len(rule.Body) > 0 {
		var err error
		if text, err = replaceBodies(name, text, rule.Body); err != nil {
			return nil, err
		}
	}
	text += string(rule.Append)

	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, text, parser.ParseComments)
	if err != nil {
		return nil, fmt.Errorf("after the substitutions: %w", err)
	}
	for _, spec := range rule.Import {
		addImport(file, spec)
	}
	if err := removeDeclarations(file, rule); err != nil {
		return nil, err
	}
	pruneImports(file)

	var out bytes.Buffer
	if err := format.Node(&out, files, file); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// apply replaces the text, which must occur exactly Count times: a text that moved or multiplied upstream is an error.
func (s Substitution) apply(text string) (string, error) {
	want := max(s.Count, 1)
	if s.Pattern == "" {
		if found := strings.Count(text, s.Old); found != want {
			return "", fmt.Errorf("found %d times instead of %d: %q", found, want, s.Old)
		}
		return strings.ReplaceAll(text, s.Old, string(s.New)), nil
	}
	expression, err := regexp.Compile(s.Pattern)
	if err != nil {
		return "", err
	}
	if found := len(expression.FindAllStringIndex(text, -1)); found != want {
		return "", fmt.Errorf("matched %d times instead of %d: %s", found, want, s.Pattern)
	}
	return expression.ReplaceAllString(text, string(s.New)), nil
}

// replaceBodies puts a new text between the braces of functions and leaves their signatures as upstream wrote them.
func replaceBodies(name, text string, bodies map[string]Text) (string, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, text, parser.ParseComments)
	if err != nil {
		return "", err
	}
	todo := len(bodies)
	// From the end, so that earlier offsets stay right.
	for i := len(file.Decls) - 1; i >= 0; i-- {
		function, ok := file.Decls[i].(*ast.FuncDecl)
		if !ok || function.Body == nil {
			continue
		}
		body, wanted := bodies[functionName(function)]
		if !wanted {
			continue
		}
		todo--
		open, end := files.Position(function.Body.Lbrace).Offset+1, files.Position(function.Body.Rbrace).Offset
		text = text[:open] + "\n" + string(body) + "\n" + text[end:]
	}
	if todo != 0 {
		return "", fmt.Errorf("%d of the functions named by body are not there", todo)
	}
	return text, nil
}
