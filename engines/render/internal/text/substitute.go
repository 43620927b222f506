// Package text holds the operations on text: Flux's substitution, Argo CD's Go templates, jsonnet.
package text

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/fluxcd/pkg/envsubst"
	"preadmit.dev/engines/abi"
	"sigs.k8s.io/yaml"
)

type substituted struct {
	Object json.RawMessage `json:"object,omitempty"`
	Error  string          `json:"error,omitempty"`
}

// disabling is the label or annotation with which an object opts out (fluxcd/pkg/kustomize).
const disabling = "kustomize.toolkit.fluxcd.io/substitute"

// variableName is what Flux accepts; the first other name fails every object that is not disabled.
var variableName = regexp.MustCompile("^[_[:alpha:]][_[:alpha:][:digit:]]*$")

// SubstituteOp answers `substitute`: each object is written as YAML, substituted as text and parsed again, so types
// can change as they do in Flux.
func SubstituteOp(c *abi.Call) (any, error) {
	var r struct {
		Objects   []json.RawMessage `json:"objects"`
		Variables map[string]string `json:"variables"`
		Strict    bool              `json:"strict"`
	}
	if err := c.Decode(&r); err != nil {
		return nil, err
	}
	out := make([]substituted, len(r.Objects))
	for i, object := range r.Objects {
		b, err := substitute(object, r.Variables, r.Strict)
		if err != nil {
			out[i].Error = err.Error()
			continue
		}
		out[i].Object = b
	}
	return map[string]any{"objects": out}, nil
}

func substitute(object json.RawMessage, variables map[string]string, strict bool) (json.RawMessage, error) {
	if disabled(object) {
		return object, nil
	}
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		if !variableName.MatchString(name) {
			return nil, fmt.Errorf("'%s' var name is invalid, must match '%s'", name, variableName)
		}
	}
	// What kustomize's res.AsYAML does, which Flux substitutes in.
	asYAML, err := yaml.JSONToYAML(object)
	if err != nil {
		return nil, err
	}
	text, err := envsubst.Eval(string(asYAML), func(name string) (string, bool) {
		value, ok := variables[name]
		// Outside strict mode a missing variable is empty.
		return value, ok || !strict
	})
	if err != nil {
		return nil, err
	}
	b, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		return nil, err
	}
	var check map[string]json.RawMessage
	if err := json.Unmarshal(b, &check); err != nil || check == nil {
		return nil, errors.New("the object is none any more after the substitution")
	}
	return b, nil
}

func disabled(object json.RawMessage) bool {
	var o struct {
		Metadata struct {
			Labels      map[string]string `json:"labels"`
			Annotations map[string]string `json:"annotations"`
		} `json:"metadata"`
	}
	if json.Unmarshal(object, &o) != nil {
		return false
	}
	return o.Metadata.Labels[disabling] == "disabled" || o.Metadata.Annotations[disabling] == "disabled"
}
