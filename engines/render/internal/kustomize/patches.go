package kustomize

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"preadmit.dev/engines/abi/tree"
	"sigs.k8s.io/kustomize/kyaml/resid"
	"sigs.k8s.io/yaml"
)

// patches tells which files a transformation of an object came from; each kustomization is read once, since every object
// asks about it.
type patches struct {
	tree    *tree.Tree
	known   map[string][]patch
	answers map[question][]string
}

// question about an object: each transformer of a kustomization left a record on it, and all of them ask the same.
type question struct {
	kustomization string
	id            resid.ResId
}

func newPatches(t *tree.Tree) *patches {
	return &patches{tree: t, known: map[string][]patch{}, answers: map[question][]string{}}
}

// files answers the files behind one record of a transformation: for patches those that name the object, then the
// kustomization, which holds inline patches and everything else that transforms.
func (p *patches) files(kustomization, kind string, id resid.ResId) []string {
	if !strings.HasPrefix(kind, "Patch") {
		return []string{kustomization}
	}
	asked := question{kustomization, id}
	if out, ok := p.answers[asked]; ok {
		return out
	}
	known, ok := p.known[kustomization]
	if !ok {
		known = p.read(kustomization)
		p.known[kustomization] = known
	}
	var out []string
	for _, one := range known {
		if !one.Target.covers(id) {
			continue
		}
		if file := path.Join(path.Dir(kustomization), one.Path); p.speaksOf(file, id) {
			out = append(out, file)
		}
	}
	out = append(out, kustomization)
	p.answers[asked] = out
	return out
}

// read answers the patches of a kustomization that stand in files of their own.
func (p *patches) read(kustomization string) []patch {
	b, err := p.tree.ReadFile(kustomization)
	if err != nil {
		return nil
	}
	var k struct {
		Patches               []patch  `json:"patches"`
		PatchesJSON6902       []patch  `json:"patchesJson6902"`
		PatchesStrategicMerge []string `json:"patchesStrategicMerge"`
	}
	if yaml.Unmarshal(b, &k) != nil {
		return nil
	}
	all := append(k.Patches, k.PatchesJSON6902...)
	for _, path := range k.PatchesStrategicMerge {
		all = append(all, patch{Path: path})
	}
	return slices.DeleteFunc(all, func(one patch) bool {
		return one.Path == "" || strings.Contains(one.Path, "\n")
	})
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
	if regexp.QuoteMeta(expression) == expression {
		return expression == text
	}
	matched, err := regexp.MatchString("^(?:"+expression+")$", text)
	return matched || err != nil
}

// speaksOf is true for JSON patches, which name no object, and for merge patches of the object's kind and name.
func (p *patches) speaksOf(file string, id resid.ResId) bool {
	b, err := p.tree.ReadFile(file)
	if err != nil {
		return false
	}
	text := string(b)
	if !strings.Contains(text, "kind:") && !strings.Contains(text, `"kind"`) {
		return true
	}
	return strings.Contains(text, id.Kind) && strings.Contains(text, id.Name)
}
