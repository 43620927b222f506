package yamlfile

import "go.yaml.in/yaml/v3"

// Identity is what tells objects of one file apart.
type Identity struct {
	Kind, Namespace, Name string
}

type head struct {
	Kind     string `yaml:"kind"`
	Metadata struct {
		Name      string `yaml:"name"`
		Namespace string `yaml:"namespace"`
	} `yaml:"metadata"`
	Items []head `yaml:"items"`
}

// Identities answers the objects of each document of a file, those of a List in place of it. Documents are numbered as
// yaml.parse numbers them; one that cannot be read has no objects.
func Identities(text []byte) [][]Identity {
	text, failure := readable(text)
	if failure != nil {
		return nil
	}
	chunks := split(text)
	out := make([][]Identity, len(chunks))
	for i, c := range chunks {
		var h head
		if checkAliases(c) != nil || yaml.Unmarshal(c.text, &h) != nil {
			continue
		}
		for _, h := range append(h.Items, h) {
			if h.Metadata.Name != "" {
				out[i] = append(out[i], Identity{h.Kind, h.Metadata.Namespace, h.Metadata.Name})
			}
		}
	}
	return out
}
