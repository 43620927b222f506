package helm

import (
	"bytes"
	"encoding/json"
	"fmt"

	"preadmit.dev/engines/abi"
	"preadmit.dev/engines/render/internal/stream"
)

type object struct {
	Object json.RawMessage `json:"object"`
	Origin origin          `json:"origin"`
	Hook   *hook           `json:"hook,omitempty"`
	CRD    bool            `json:"crd,omitempty"`
}

type origin struct {
	Template string `json:"template"`
}

type hook struct {
	Events []string `json:"events"`
	Weight int      `json:"weight"`
}

type chartInfo struct {
	Name       string `json:"name"`
	Version    string `json:"version"`
	AppVersion string `json:"appVersion,omitempty"`
}

type result struct {
	Objects  []object       `json:"objects"`
	Warnings []string       `json:"warnings,omitempty"`
	Chart    chartInfo      `json:"chart"`
	Values   map[string]any `json:"values"`
}

// Op answers `helm`.
func Op(c *abi.Call) (any, error) {
	var r request
	if err := c.Decode(&r); err != nil {
		return nil, err
	}
	for path, text := range r.Overlay {
		c.Tree.Lay(path, []byte(text))
	}
	release, err := render(c, r)
	if err != nil {
		return nil, asError(err)
	}
	m := release.chart.Metadata
	out := &result{
		Objects: []object{},
		Chart:   chartInfo{Name: m.Name, Version: m.Version, AppVersion: m.AppVersion},
		Values:  release.values,
	}
	for _, crd := range release.crds {
		if err := out.add(crd.Filename, string(crd.File.Data), object{CRD: true}); err != nil {
			return nil, asError(err)
		}
	}
	for _, manifest := range release.manifests {
		text, err := r.PostRendered.templates().print(manifest.Content)
		if err != nil {
			return nil, asError(fmt.Errorf("parsing %s: %w", manifest.Name, err))
		}
		if err := out.add(manifest.Name, text, object{}); err != nil {
			return nil, asError(err)
		}
	}
	for _, h := range release.hooks {
		events := make([]string, len(h.Events))
		for i, event := range h.Events {
			events[i] = string(event)
		}
		text, err := r.PostRendered.hooks().print(h.Manifest)
		if err != nil {
			return nil, asError(fmt.Errorf("parsing %s: %w", h.Path, err))
		}
		if err := out.add(h.Path, text, object{Hook: &hook{Events: events, Weight: h.Weight}}); err != nil {
			return nil, asError(err)
		}
	}
	return out, nil
}

// add splits a text into documents; each takes the other fields of the object.
func (out *result) add(template, text string, like object) error {
	documents, warnings, err := stream.Documents([]byte(text))
	if err != nil {
		return fmt.Errorf("%s: %w", template, err)
	}
	for _, warning := range warnings {
		out.Warnings = append(out.Warnings, template+": "+warning)
	}
	for _, document := range documents {
		if bytes.Equal(document, []byte("null")) {
			continue
		}
		like.Object, like.Origin = document, origin{Template: template}
		out.Objects = append(out.Objects, like)
	}
	return nil
}
