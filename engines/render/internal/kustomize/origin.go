package kustomize

import (
	"path"
	"regexp"
	"strings"

	"preadmit.dev/engines/abi"
	"sigs.k8s.io/kustomize/api/resource"
	"sigs.k8s.io/kustomize/kyaml/resid"
	"sigs.k8s.io/yaml"
)

// Origin is where an object came from; its fields are those of EngineOrigin in src/engine/api.ts.
type Origin struct {
	File      string   `json:"file,omitempty"`
	Document  *int     `json:"document,omitempty"`
	Generator string   `json:"generator,omitempty"`
	ChangedBy []string `json:"changedBy,omitempty"`
}

// originOf reads kustomize's own annotations. Their paths are relative to the root of the build.
func originOf(c *abi.Call, r request, files *documents, res *resource.Resource) *Origin {
	o := &Origin{}
	if origin, err := res.GetOrigin(); err == nil && origin != nil && origin.Repo == "" {
		o.File = path.Join(r.Root, origin.Path)
		if origin.Path == "" && origin.ConfiguredIn != "" {
			o.File = path.Join(r.Root, origin.ConfiguredIn)
		}
		o.Generator = origin.ConfiguredBy.Kind
		if origin.Path != "" {
			o.Document = files.find(o.File, res)
		}
	}
	transformations, err := res.GetTransformations()
	if err == nil {
		for _, t := range transformations {
			if t != nil && t.Repo == "" && t.ConfiguredIn != "" {
				o.changed(patchFiles(c, path.Join(r.Root, t.ConfiguredIn), t.ConfiguredBy.Kind, files.first[res])...)
			}
		}
	}
	if o.File == "" && len(o.ChangedBy) == 0 {
		return nil
	}
	return o
}

func (o *Origin) changed(files ...string) {
	for _, file := range files {
		known := file == o.File
		for _, earlier := range o.ChangedBy {
			known = known || earlier == file
		}
		if !known {
			o.ChangedBy = append(o.ChangedBy, file)
		}
	}
}

// patchFiles answers the files behind one record of a transformation: for patches those that name the object, then
// the kustomization, which holds inline patches and everything else that transforms.
func patchFiles(c *abi.Call, kustomization, kind string, id resid.ResId) []string {
	if !strings.HasPrefix(kind, "Patch") {
		return []string{kustomization}
	}
	b, err := c.Tree.ReadFile(kustomization)
	if err != nil {
		return []string{kustomization}
	}
	var k struct {
		Patches               []patch  `json:"patches"`
		PatchesJSON6902       []patch  `json:"patchesJson6902"`
		PatchesStrategicMerge []string `json:"patchesStrategicMerge"`
	}
	if yaml.Unmarshal(b, &k) != nil {
		return []string{kustomization}
	}
	patches := append(k.Patches, k.PatchesJSON6902...)
	for _, path := range k.PatchesStrategicMerge {
		patches = append(patches, patch{Path: path})
	}
	var out []string
	for _, p := range patches {
		if p.Path == "" || strings.Contains(p.Path, "\n") || !p.Target.covers(id) {
			continue
		}
		if file := path.Join(path.Dir(kustomization), p.Path); speaksOf(c, file, id) {
			out = append(out, file)
		}
	}
	return append(out, kustomization)
}

type patch struct {
	Path   string `json:"path"`
	Target target `json:"target"`
}

// target selects by anchored expressions; what else it can select by is not looked at.
type target struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
}

func (t target) covers(id resid.ResId) bool {
	return matches(t.Kind, id.Kind) && matches(t.Name, id.Name)
}

func matches(expression, text string) bool {
	if expression == "" {
		return true
	}
	matched, err := regexp.MatchString("^(?:"+expression+")$", text)
	return matched || err != nil
}

// speaksOf is true for JSON patches, which name no object, and for merge patches of the object's kind and name.
func speaksOf(c *abi.Call, file string, id resid.ResId) bool {
	b, err := c.Tree.ReadFile(file)
	if err != nil {
		return false
	}
	text := string(b)
	if !strings.Contains(text, "kind:") && !strings.Contains(text, `"kind"`) {
		return true
	}
	return strings.Contains(text, id.Kind) && strings.Contains(text, id.Name)
}
