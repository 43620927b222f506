package helm

import (
	"strings"

	"sigs.k8s.io/kustomize/kyaml/kio"
)

// postRendered says which manifests a post-renderer gets: Helm parses and prints those with kyaml (pkg/action,
// annotateAndMerge), and kustomize, which is the post-renderer, parses that text with kyaml again. What comes out is not
// what other tools read in the template's text: `yes` and `on` are texts, and nothing at all in a flow mapping becomes an
// empty one.
type postRendered string

const (
	nothing       postRendered = ""
	everything    postRendered = "all"
	templatesOnly postRendered = "templates"
)

func (p postRendered) templates() printer { return p != nothing }
func (p postRendered) hooks() printer     { return p == everything }

type printer bool

func (p printer) print(text string) (string, error) {
	if !p {
		return text, nil
	}
	nodes, err := kio.ParseAll(text)
	if err != nil {
		return "", err
	}
	given, err := kio.StringAll(nodes)
	if err != nil {
		return "", err
	}
	if nodes, err = kio.FromBytes([]byte(given)); err != nil {
		return "", err
	}
	var out strings.Builder
	for _, node := range nodes {
		document, err := node.MarshalJSON()
		if err != nil {
			return "", err
		}
		out.WriteString("---\n")
		out.Write(document)
		out.WriteByte('\n')
	}
	return out.String(), nil
}
