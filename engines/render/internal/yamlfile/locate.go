package yamlfile

import (
	"encoding/json"

	"go.yaml.in/yaml/v3"
	"preadmit.dev/engines/abi"
)

type query struct {
	File     string            `json:"file"`
	Document int               `json:"document"`
	Path     []json.RawMessage `json:"path"`
}

type found struct {
	Line  int  `json:"line"`
	Exact bool `json:"exact"`
}

// LocateOp answers `yaml.locate`.
func LocateOp(c *abi.Call) (any, error) {
	var request struct {
		Queries []query `json:"queries"`
	}
	if err := c.Decode(&request); err != nil {
		return nil, err
	}
	chunks := map[string][]chunk{}
	// Parsed once, however many fields are asked for: a long list can hold thousands of mistakes.
	type place struct {
		file     string
		document int
	}
	roots := map[place]*yaml.Node{}
	lines := make([]*found, len(request.Queries))
	for i, q := range request.Queries {
		if _, known := chunks[q.File]; !known {
			if b, failure := load(c.Tree, q.File); failure == nil {
				chunks[q.File] = split(b)
			} else {
				chunks[q.File] = nil
			}
		}
		if all := chunks[q.File]; q.Document >= 0 && q.Document < len(all) {
			at := place{q.File, q.Document}
			root, known := roots[at]
			if !known {
				root = rootOf(all[q.Document])
				roots[at] = root
			}
			lines[i] = lineOfField(root, all[q.Document].line, q.Path)
		}
	}
	return map[string]any{"lines": lines}, nil
}

// rootOf answers the top value of a document; nil when there is none to read.
func rootOf(c chunk) *yaml.Node {
	var root yaml.Node
	if err := yaml.Unmarshal(c.text, &root); err != nil || len(root.Content) == 0 {
		return nil
	}
	return root.Content[0]
}

// lineOfField follows a path from the top value of a document that starts on a line of its file.
func lineOfField(root *yaml.Node, start int, path []json.RawMessage) *found {
	if root == nil {
		return &found{Line: start}
	}
	node, line := root, root.Line
	for _, raw := range path {
		var key string
		var index int
		named := json.Unmarshal(raw, &key) == nil
		if !named && json.Unmarshal(raw, &index) != nil {
			return &found{Line: start + line - 1}
		}
		next, at := step(node, named, key, index)
		if next == nil {
			return &found{Line: start + line - 1}
		}
		node, line = next, at
	}
	return &found{Line: start + line - 1, Exact: true}
}

// step goes to a key of a map, an index of a list, or the entry of a list whose name is the key. The line is that of
// the key, or of the entry.
func step(node *yaml.Node, named bool, key string, index int) (*yaml.Node, int) {
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	switch node.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			if named && node.Content[i].Value == key {
				return node.Content[i+1], node.Content[i].Line
			}
		}
	case yaml.SequenceNode:
		if !named {
			if index >= 0 && index < len(node.Content) {
				return node.Content[index], node.Content[index].Line
			}
			return nil, 0
		}
		for _, entry := range node.Content {
			if name, _ := step(entry, true, "name", 0); name != nil && name.Value == key && entry.Kind == yaml.MappingNode {
				return entry, entry.Line
			}
		}
	}
	return nil, 0
}
