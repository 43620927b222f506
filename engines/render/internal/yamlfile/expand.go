package yamlfile

import (
	"bytes"
	"strings"

	"go.yaml.in/yaml/v3"
	"preadmit.dev/engines/abi"
)

// names tells whether an anchor (&) or an alias (*) can begin anywhere: after a blank or an indicator, with a character of
// a name behind it (yaml_parser_scan_anchor). An expression for the same costs more than the parser itself.
func names(text []byte, sign byte) bool {
	for at := 0; ; at++ {
		next := bytes.IndexByte(text[at:], sign)
		if next < 0 {
			return false
		}
		at += next
		begins := at == 0 || strings.IndexByte("\t\n\f\r [{,:-", text[at-1]) >= 0
		if begins && at+1 < len(text) && isNameByte(text[at+1]) {
			return true
		}
	}
}

func isNameByte(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' || b == '_' || b == '-'
}

// checkAliases counts what a document would grow to before anything expands it. A document that this parser does not
// read is left to the other one, whose error is the one to show.
func checkAliases(c chunk) *abi.Error {
	// Most documents hold nothing that could be one.
	if !names(c.text, '&') || !names(c.text, '*') {
		return nil
	}
	var root yaml.Node
	if yaml.Unmarshal(c.text, &root) != nil {
		return nil
	}
	e := expander{known: map[*yaml.Node]size{}, open: map[*yaml.Node]bool{}}
	switch total := e.measure(&root, 0); {
	case e.endless:
		return abi.Errorf(abi.Limit, "line %d: an anchor contains itself", c.line)
	case total.nodes > maxExpanded && e.aliases > 0:
		return abi.Errorf(abi.Limit, "line %d: aliases expand to more than %d values", c.line, maxExpanded)
	case total.bytes > maxExpandedBytes && e.aliases > 0:
		return abi.Errorf(abi.Limit, "line %d: aliases expand to more than 10 MB", c.line)
	}
	return nil
}

// size of a node with all that stands below it. Both numbers stop growing a little above their limits.
type size struct{ nodes, bytes int }

type expander struct {
	known   map[*yaml.Node]size
	open    map[*yaml.Node]bool
	aliases int
	endless bool
}

func (e *expander) measure(n *yaml.Node, depth int) size {
	if have, ok := e.known[n]; ok {
		return have
	}
	// Deeper than the parser itself goes, which reports it.
	if e.open[n] || depth > 10_000 {
		e.endless = e.endless || e.open[n]
		return size{}
	}
	e.open[n] = true
	defer delete(e.open, n)
	total := size{nodes: 1, bytes: len(n.Value)}
	children := n.Content
	if n.Kind == yaml.AliasNode {
		e.aliases++
		total, children = size{}, []*yaml.Node{n.Alias}
	}
	for _, child := range children {
		below := e.measure(child, depth+1)
		total.nodes = min(total.nodes+below.nodes, maxExpanded+1)
		total.bytes = min(total.bytes+below.bytes, maxExpandedBytes+1)
	}
	e.known[n] = total
	return total
}
