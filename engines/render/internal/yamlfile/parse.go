package yamlfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"regexp"
	"strconv"
	"strings"

	"preadmit.dev/engines/abi"
	"preadmit.dev/engines/abi/tree"
	"sigs.k8s.io/yaml"
)

type document struct {
	Value json.RawMessage `json:"value,omitempty"`
	Line  int             `json:"line"`
	Index int             `json:"index"`
	Error *problem        `json:"error,omitempty"`
}

type problem struct {
	Message string `json:"message"`
	Line    int    `json:"line,omitempty"`
}

type file struct {
	Path      string     `json:"path"`
	Documents []document `json:"documents"`
	Error     *abi.Error `json:"error,omitempty"`
}

// ParseOp answers `yaml.parse`.
func ParseOp(c *abi.Call) (any, error) {
	var request struct {
		Files []string `json:"files"`
	}
	if err := c.Decode(&request); err != nil {
		return nil, err
	}
	files := make([]file, len(request.Files))
	for i, path := range request.Files {
		files[i] = parseFile(c.Tree, path)
	}
	return map[string]any{"files": files}, nil
}

func parseFile(t *tree.Tree, path string) file {
	f := file{Path: path, Documents: []document{}}
	b, failure := load(t, path)
	if failure != nil {
		f.Error = failure
		return f
	}
	chunks := split(b)
	if len(chunks) > maxDocuments {
		f.Error = abi.Errorf(abi.Limit, "the file has %d documents, the limit is %d", len(chunks), maxDocuments)
		return f
	}
	for i, chunk := range chunks {
		d, failure := parse(chunk)
		if failure != nil {
			return file{Path: path, Documents: []document{}, Error: failure}
		}
		d.Index = i
		f.Documents = append(f.Documents, d)
	}
	return f
}

func load(t *tree.Tree, path string) ([]byte, *abi.Error) {
	if _, ok := tree.Clean(path); !ok {
		return nil, abi.Errorf(abi.OutsideRoot, "%s is outside the repository", path)
	}
	b, err := t.ReadFile(path)
	switch {
	case errors.Is(err, tree.ErrRefused):
		return nil, abi.Errorf(abi.Refused, "%s is not followed", path)
	case errors.Is(err, fs.ErrNotExist):
		return nil, abi.Errorf(abi.MissingFile, "%s does not exist", path)
	case t.Stat(path) == tree.IsDir:
		return nil, abi.Errorf(abi.Invalid, "%s is a directory", path)
	case err != nil:
		return nil, abi.Errorf(abi.Invalid, "%v", err)
	}
	return readable(b)
}

var yamlLine = regexp.MustCompile(`line (\d+)`)

// parse reads one document. A limit ends the whole file; anything else is the document's own problem.
func parse(c chunk) (document, *abi.Error) {
	d := document{Line: c.line}
	if tooDeep(c.text) {
		return d, abi.Errorf(abi.Limit, "line %d: nested deeper than %d levels", c.line, maxDepth)
	}
	if failure := checkAliases(c); failure != nil {
		return d, failure
	}
	j, err := yaml.YAMLToJSONStrict(c.text)
	if err != nil {
		if strings.Contains(err.Error(), "excessive aliasing") || strings.Contains(err.Error(), "exceeded max depth") {
			return d, abi.Errorf(abi.Limit, "line %d: the limit on aliases or nesting depth: %s", c.line, clean(err))
		}
		d.Error = locate(c, err)
		return d, nil
	}
	depth := depthOf(j)
	if depth > maxDepth {
		return d, abi.Errorf(abi.Limit, "line %d: nested %d levels deep, the limit is %d", c.line, depth, maxDepth)
	}
	d.Value = json.RawMessage(bytes.TrimSpace(j))
	return d, nil
}

// locate turns the parser's line within the document into the line in the file, in the number and in the sentence.
func locate(c chunk, err error) *problem {
	p := &problem{}
	p.Message = yamlLine.ReplaceAllStringFunc(clean(err), func(match string) string {
		n, _ := strconv.Atoi(match[len("line "):])
		n += c.line - 1
		if p.Line == 0 {
			p.Line = n
		}
		return "line " + strconv.Itoa(n)
	})
	return p
}

// clean drops what only tells how the parser was called.
func clean(err error) string {
	s := err.Error()
	for _, prefix := range []string{"error converting YAML to JSON: ", "yaml: unmarshal errors:\n  ", "yaml: "} {
		s = strings.TrimPrefix(s, prefix)
	}
	return strings.ReplaceAll(s, "\n  ", "; ")
}
