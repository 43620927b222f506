package kustomize

import (
	"encoding/json"
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
	tree  *tree.Tree
	known map[string][]patch
}

func newPatches(t *tree.Tree) *patches {
	return &patches{tree: t, known: map[string][]patch{}}
}

// files answers the files behind one record of a transformation: for patches those that name the object, then the
// kustomization, which holds inline patches and everything else that transforms.
func (p *patches) files(kustomization, kind string, id resid.ResId) []string {
	if !isPatch(kind) {
		return []string{kustomization}
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
	return append(out, kustomization)
}

func isPatch(transformer string) bool {
	return strings.HasPrefix(transformer, "Patch")
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
	Kind expression `json:"kind"`
	Name expression `json:"name"`
}

func (t target) covers(id resid.ResId) bool {
	return t.Kind.matches(id.Kind) && t.Name.matches(id.Name)
}

// expression is compiled once: every object asks every patch. One that is empty or broken matches everything.
type expression struct{ compiled *regexp.Regexp }

func (e *expression) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return err
	}
	if text != "" {
		e.compiled, _ = regexp.Compile("^(?:" + text + ")$")
	}
	return nil
}

func (e expression) matches(text string) bool {
	return e.compiled == nil || e.compiled.MatchString(text)
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
