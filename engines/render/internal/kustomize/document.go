package kustomize

import (
	"preadmit.dev/engines/abi/tree"
	"preadmit.dev/engines/render/internal/yamlfile"
	"sigs.k8s.io/kustomize/api/resource"
	"sigs.k8s.io/kustomize/kyaml/resid"
)

// documents finds objects in the files that held them; each file is looked at once.
type documents struct {
	tree  *tree.Tree
	first map[*resource.Resource]resid.ResId
	files map[string][][]yamlfile.Identity
}

func newDocuments(t *tree.Tree, first map[*resource.Resource]resid.ResId) *documents {
	return &documents{tree: t, first: first, files: map[string][][]yamlfile.Identity{}}
}

// find answers the number of the document that held an object before anything renamed it, or nil when none or more
// than one could be it.
func (d *documents) find(file string, res *resource.Resource) *int {
	known, ok := d.files[file]
	if !ok {
		if b, err := d.tree.ReadFile(file); err == nil {
			known = yamlfile.Identities(b)
		}
		d.files[file] = known
	}
	id := d.first[res]
	var found []int
	for i, objects := range known {
		for _, o := range objects {
			sameNamespace := o.Namespace == id.Namespace || o.Namespace == "" && id.EffectiveNamespace() == "default"
			if o.Kind == id.Kind && o.Name == id.Name && sameNamespace {
				found = append(found, i)
			}
		}
	}
	if len(found) != 1 {
		return nil
	}
	return &found[0]
}
