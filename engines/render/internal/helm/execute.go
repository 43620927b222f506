package helm

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"
	"preadmit.dev/engines/abi"
)

// Execute answers the command lines with which kustomize inflates a chart: version, pull and template.
func Execute(c *abi.Call, args []string) ([]byte, error) {
	if len(args) == 0 {
		return nil, abi.Errorf(abi.BadRequest, "helm without arguments")
	}
	switch args[0] {
	case "version":
		return []byte("v4.2.4\n"), nil
	case "pull":
		reference := pulled(args[1:])
		c.Miss("chart", reference)
		return nil, abi.Errorf(abi.Remote, "the chart is not in this repository: %s", reference)
	case "template":
		r, err := templateRequest(c, args[1:])
		if err != nil {
			return nil, asError(err)
		}
		out, err := render(c, r)
		if err != nil {
			return nil, asError(err)
		}
		return out.text(), nil
	}
	return nil, abi.Errorf(abi.Plugin, "helm %s is not run", args[0])
}

// pulled is `name version repository` of a pull, as resolveDependencies writes it.
func pulled(args []string) string {
	var name, version, repository string
	for i := 0; i < len(args); i++ {
		switch args[i] {
		case "--untardir", "--repo", "--version":
			if i+1 >= len(args) {
				continue
			}
			switch args[i] {
			case "--repo":
				repository = args[i+1]
			case "--version":
				version = args[i+1]
			}
			i++
		case "--untar", "--devel":
		default:
			name = args[i]
		}
	}
	return strings.Join(strings.Fields(name+" "+version+" "+repository), " ")
}

// templateRequest reads the flags that kustomize's HelmChartInflationGenerator writes.
func templateRequest(c *abi.Call, args []string) (request, error) {
	r := request{Release: "release-name", Namespace: "default", built: true}
	var positional []string
	var nameTemplate string
	for i := 0; i < len(args); i++ {
		value := func() string {
			if i++; i < len(args) {
				return args[i]
			}
			return ""
		}
		switch args[i] {
		case "--namespace":
			r.Namespace = value()
		case "--name-template":
			nameTemplate = value()
		case "-f", "--values":
			r.ValuesFiles = append(r.ValuesFiles, value())
		case "--api-versions":
			r.APIVersions = append(r.APIVersions, strings.Split(value(), ",")...)
		case "--kube-version":
			r.KubeVersion = value()
		case "--include-crds":
			r.IncludeCRDs = true
		case "--skip-tests":
			r.SkipTests = true
		case "--no-hooks":
			r.SkipHooks = true
		case "--generate-name", "--debug", "--devel":
		default:
			positional = append(positional, args[i])
		}
	}
	if n := len(positional); n > 0 {
		r.Chart = positional[n-1]
		if n > 1 {
			r.Release = positional[0]
		}
	}
	if nameTemplate == "" {
		return r, nil
	}
	if len(positional) > 1 {
		return r, errors.New("cannot set --name-template and also specify a name")
	}
	name, err := templateName(c, nameTemplate)
	r.Release = name
	return r, err
}

// templateName is TemplateName of Helm's pkg/action, which brings clients of clusters and registries with it.
func templateName(c *abi.Call, text string) (string, error) {
	t, err := template.New("name-template").Funcs(sprig.TxtFuncMap()).Funcs(countImpure(c)).Parse(text)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, nil)
	return b.String(), err
}

// text is what `helm template` prints.
func (out *rendered) text() []byte {
	var b bytes.Buffer
	for _, crd := range out.crds {
		fmt.Fprintf(&b, "---\n# Source: %s\n%s\n", crd.Filename, crd.File.Data)
	}
	for _, m := range out.manifests {
		fmt.Fprintf(&b, "---\n# Source: %s\n%s\n", m.Name, m.Content)
	}
	for _, h := range out.hooks {
		fmt.Fprintf(&b, "---\n# Source: %s\n%s\n", h.Path, h.Manifest)
	}
	return b.Bytes()
}
