package kustomize

import (
	"path"

	"sigs.k8s.io/kustomize/api/resource"
)

// Origin is where an object came from; its fields are those of EngineOrigin in src/engine/api.ts.
type Origin struct {
	File      string   `json:"file,omitempty"`
	Document  *int     `json:"document,omitempty"`
	Generator string   `json:"generator,omitempty"`
	ChangedBy []string `json:"changedBy,omitempty"`
}

// originOf reads kustomize's own annotations. Their paths are relative to the root of the build.
func originOf(r request, files *documents, patches *patches, res *resource.Resource) *Origin {
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
				o.changed(patches.files(path.Join(r.Root, t.ConfiguredIn), t.ConfiguredBy.Kind, files.first[res])...)
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
