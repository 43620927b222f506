// Package stream turns rendered YAML into JSON documents, as Argo CD and kubectl read what a tool printed.
package stream

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"

	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// Documents answers the documents of a stream. Duplicate keys are a warning here, since Argo CD lets the last one win.
func Documents(text []byte) (documents []json.RawMessage, warnings []string, err error) {
	reader := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text)))
	for {
		chunk, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return documents, warnings, nil
		}
		if err != nil {
			return nil, nil, err
		}
		j, err := yaml.YAMLToJSONStrict(chunk)
		if err != nil {
			strict := err
			if j, err = yaml.YAMLToJSON(chunk); err != nil {
				return nil, nil, err
			}
			warnings = append(warnings, strict.Error())
		}
		documents = append(documents, j)
	}
}
