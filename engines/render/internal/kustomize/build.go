// Package kustomize builds kustomizations of the tree as `kustomize build` does.
package kustomize

import (
	"encoding/json"
	"fmt"
	"path"

	"preadmit.dev/engines/abi"
	"preadmit.dev/engines/abi/tree"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/resource"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/openapi"
	"sigs.k8s.io/kustomize/kyaml/resid"
)

type request struct {
	Root             string            `json:"root"`
	Order            string            `json:"order"`
	LoadRestrictions string            `json:"loadRestrictions"`
	EnableHelm       bool              `json:"enableHelm"`
	KubeVersion      string            `json:"kubeVersion"`
	APIVersions      []string          `json:"apiVersions"`
	Overlay          map[string]string `json:"overlay"`
}

// Object is one rendered object and where it came from.
type Object struct {
	Object json.RawMessage `json:"object"`
	Origin *Origin         `json:"origin,omitempty"`
}

// Op answers `kustomize`.
func Op(c *abi.Call) (any, error) {
	var r request
	if err := c.Decode(&r); err != nil {
		return nil, err
	}
	for path, text := range r.Overlay {
		c.Tree.Lay(path, []byte(text))
	}
	objects, err := render(c, r)
	if err != nil {
		return nil, explain(c, err)
	}
	return map[string]any{"objects": objects}, nil
}

// render builds with origins, which are annotations while the build runs. A JSON patch that adds below
// metadata/annotations fails on an object that has none; with ours it would not. So when any file that was read
// speaks of that path, a build without origins decides, and the first only tells where things came from.
func render(c *abi.Call, r request) ([]Object, error) {
	files := &fileSystem{tree: c.Tree}
	traced, err := build(c, files, r, true)
	if !files.annotations {
		if err != nil {
			return nil, err
		}
		return objectsOf(c, r, traced)
	}
	pure, pureErr := build(c, files, r, false)
	if pureErr != nil {
		return nil, pureErr
	}
	objects, err2 := objectsOf(c, r, pure)
	if err != nil || err2 != nil {
		return objects, err2
	}
	origins := map[string]*Origin{}
	inFiles, patches := newDocuments(c.Tree, traced.first), newPatches(c.Tree)
	for _, res := range traced.Resources() {
		origins[res.CurId().String()] = originOf(r, inFiles, patches, res)
	}
	for i, res := range pure.Resources() {
		objects[i].Origin = origins[res.CurId().String()]
	}
	return objects, nil
}

// built are the resources of a build, and what each was called in its file.
type built struct {
	resmap.ResMap
	first map[*resource.Resource]resid.ResId
}

func build(c *abi.Call, files *fileSystem, r request, origins bool) (*built, error) {
	options := krusty.MakeDefaultOptions()
	options.Reorder = krusty.ReorderOptionNone
	if r.Order == "legacy" {
		// What the command line passes: legacy order unless sortOptions say otherwise.
		options.Reorder = krusty.ReorderOptionUnspecified
	}
	if r.LoadRestrictions == "none" {
		options.LoadRestrictions = types.LoadRestrictionsNone
	}
	if r.EnableHelm {
		options.PluginConfig.HelmConfig = types.HelmConfig{
			Enabled: true, Command: "helm", KubeVersion: r.KubeVersion, ApiVersions: r.APIVersions,
		}
	}
	root, ok := tree.Clean(r.Root)
	if !ok {
		return nil, abi.Errorf(abi.OutsideRoot, "the root %s is outside the repository", r.Root)
	}
	embed(c, files)
	types.EmbedOrigins = origins
	var err error
	builtin := openapi.GetSchemaVersion()
	out := &built{first: map[*resource.Resource]resid.ResId{}}
	types.EmbedResources = func(resources any) {
		if m, ok := resources.(resmap.ResMap); ok {
			for _, res := range m.Resources() {
				out.first[res] = res.OrgId()
			}
		}
	}
	out.ResMap, err = krusty.MakeKustomizer(options).Run(files, path.Join(mount, root))
	// A schema of `openapi:` stays for later builds of the process; parsing the builtin one anew costs 60 MB, so only then.
	if openapi.GetSchemaVersion() != builtin {
		openapi.ResetOpenAPI()
	}
	return out, err
}

func objectsOf(c *abi.Call, r request, m *built) ([]Object, error) {
	objects := make([]Object, 0, m.Size())
	var origins []*Origin
	inFiles, patches := newDocuments(c.Tree, m.first), newPatches(c.Tree)
	for _, res := range m.Resources() {
		origins = append(origins, originOf(r, inFiles, patches, res))
	}
	if err := strip(m.ResMap, types.EmbedBuildMetadata); err != nil {
		return nil, err
	}
	for i, res := range m.Resources() {
		j, err := res.MarshalJSON()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", res.CurId(), err)
		}
		objects = append(objects, Object{Object: j, Origin: origins[i]})
	}
	return objects, nil
}

// strip removes the annotations that the user did not ask for.
func strip(m resmap.ResMap, wanted []string) error {
	has := map[string]bool{}
	for _, name := range wanted {
		has[name] = true
	}
	if !has[types.OriginAnnotations] {
		if err := m.RemoveOriginAnnotations(); err != nil {
			return err
		}
	}
	if !has[types.TransformerAnnotations] {
		return m.RemoveTransformerAnnotations()
	}
	return nil
}
