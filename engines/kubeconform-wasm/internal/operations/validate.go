package operations

import (
	"preadmit.dev/engines/abi"

	"github.com/yannh/kubeconform/pkg/validator"
)

// request has the options of kubeconform's command line, by their names there.
type request struct {
	Documents []struct {
		Name string `json:"name"`
	} `json:"documents"`
	KubernetesVersion    string   `json:"kubernetesVersion"`
	SchemaLocations      []string `json:"schemaLocations"`
	Strict               bool     `json:"strict"`
	Skip                 []string `json:"skip"`
	Reject               []string `json:"reject"`
	IgnoreMissingSchemas bool     `json:"ignoreMissingSchemas"`
}

type result struct {
	Documents []document `json:"documents"`
}

type document struct {
	Name      string     `json:"name"`
	Resources []resource `json:"resources"`
}

func validate(c *abi.Call) (any, error) {
	var r request
	if err := c.Decode(&r); err != nil {
		return nil, err
	}
	if len(r.Documents) != len(c.Blobs) {
		return nil, abi.Errorf(abi.BadRequest, "%d documents and %d blobs", len(r.Documents), len(c.Blobs))
	}
	connect(c)
	locations, err := locate(r.SchemaLocations)
	if err != nil {
		return nil, err
	}
	v, err := validator.New(locations, validator.Opts{
		SkipKinds:            set(r.Skip),
		RejectKinds:          set(r.Reject),
		KubernetesVersion:    r.KubernetesVersion,
		Strict:               r.Strict,
		IgnoreMissingSchemas: r.IgnoreMissingSchemas,
	})
	if err != nil {
		return nil, err
	}
	out := result{Documents: make([]document, len(r.Documents))}
	for i, d := range r.Documents {
		out.Documents[i] = document{Name: d.Name, Resources: check(v, d.Name, c.Blobs[i])}
	}
	return out, nil
}

func set(names []string) map[string]struct{} {
	out := make(map[string]struct{}, len(names))
	for _, name := range names {
		out[name] = struct{}{}
	}
	return out
}
