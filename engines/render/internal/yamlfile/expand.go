package yamlfile

import (
	"bytes"
	"regexp"

	"go.yaml.in/yaml/v3"
	"preadmit.dev/engines/abi"
)

// aliases finds what may be one; a document without any is not parsed twice.
var aliases = regexp.MustCompile(`(^|[\s\[{,:-])\*\S`)

// checkAliases counts what a document would grow to before anything expands it. A document that this parser does not
// read is left to the other one, whose error is the one to show.
func checkAliases(c chunk) *abi.Error {
	// The expression costs more than the parser itself; most documents hold no asterisk at all.
	if bytes.IndexByte(c.text, '*') < 0 || !aliases.Match(c.text) {
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
