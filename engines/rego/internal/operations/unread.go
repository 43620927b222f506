package operations

import "github.com/open-policy-agent/opa/v1/ast"

// unreadEntries are the rules of entries that nothing refers to: a copy of each answers, so they need not be compiled
// themselves. Rules stay where anything may read them, and where OPA could find that two of a name do not agree.
func unreadEntries(authors []authored, results []moduleResult) map[*ast.Rule]bool {
	reads := reads{whole: map[string]bool{}, starts: map[string]bool{}}
	for i, one := range authors {
		if results[i].Fault == nil {
			reads.addModule(one.module)
		}
	}
	unread := map[*ast.Rule]bool{}
	for i, one := range authors {
		if results[i].Fault != nil {
			continue
		}
		for _, rule := range one.entries {
			if !reads.reach(below(one.module.Package.Path, rule.Head.Name)) {
				unread[rule] = true
			}
		}
	}
	return unread
}

// reads are the places in `data` that modules may look at.
type reads struct {
	// whole are constant parts of references: everything below may be read.
	whole map[string]bool
	// starts are those and all above them: what stands there is read too.
	starts map[string]bool
}

func (r reads) reach(path ast.Ref) bool {
	if r.starts[path.String()] {
		return true
	}
	for n := 1; n < len(path); n++ {
		if r.whole[path[:n].String()] {
			return true
		}
	}
	return false
}

func (r reads) addModule(m *ast.Module) {
	own := m.Package.Path
	r.addStarts(own)
	for _, one := range m.Imports {
		if ref, ok := one.Path.Value.(ast.Ref); ok {
			r.add(ref)
		}
	}
	for _, rule := range m.Rules {
		if name, ok := rule.Head.Reference[0].Value.(ast.Var); ok && !isPlainSet(rule) {
			r.addStarts(below(own, name))
		}
		for one := rule; one != nil; one = one.Else {
			r.addTerms(own, one.Body)
			r.addTerms(own, one.Head.Args)
			for _, term := range append([]*ast.Term{one.Head.Key, one.Head.Value}, one.Head.Reference[1:]...) {
				if term != nil {
					r.addTerms(own, term)
				}
			}
		}
	}
}

// addTerms adds the references of an expression, and every name in it that may be a rule of its own package.
func (r reads) addTerms(own ast.Ref, x any) {
	ast.WalkRefs(x, func(ref ast.Ref) bool {
		r.add(ref)
		return false
	})
	ast.WalkVars(x, func(name ast.Var) bool {
		if entryName.MatchString(string(name)) {
			r.addStarts(below(own, name))
		}
		return false
	})
}

func (r reads) add(ref ast.Ref) {
	if ref[0].Equal(ast.DefaultRootDocument) {
		constant := ref.ConstantPrefix()
		r.whole[constant.String()] = true
		r.addStarts(constant)
	}
}

func (r reads) addStarts(ref ast.Ref) {
	for n := 1; n <= len(ref); n++ {
		r.starts[ref[:n].String()] = true
	}
}

func isPlainSet(rule *ast.Rule) bool {
	head := rule.Head
	return head.RuleKind() == ast.MultiValue && len(head.Reference) == 1 && len(head.Args) == 0 && !rule.Default
}

func below(path ast.Ref, name ast.Var) ast.Ref { return path.Append(ast.StringTerm(string(name))) }
