// Package ops is the table of the engine's operations; their fields are typed in src/engine/api.ts.
package ops

import (
	"preadmit.dev/engines/abi"
	"preadmit.dev/engines/render/internal/helm"
	"preadmit.dev/engines/render/internal/kustomize"
	"preadmit.dev/engines/render/internal/text"
	"preadmit.dev/engines/render/internal/yamlfile"
)

// Table of operations by name.
var Table = map[string]abi.Op{
	"info":        info,
	"yaml.parse":  yamlfile.ParseOp,
	"yaml.locate": yamlfile.LocateOp,
	"kustomize":   kustomize.Op,
	"helm":        helm.Op,
	"substitute":  text.SubstituteOp,
	"template":    text.TemplateOp,
	"jsonnet":     text.JsonnetOp,
	"jq":          text.JqOp,
}

// Versions are those of go.mod; a test holds them equal.
var versions = map[string]string{
	"kustomize": "v0.21.1",
	"helm":      "v4.2.4",
	"envsubst":  "v1.8.0",
	"jsonnet":   "v0.22.0",
	"gojq":      "v0.12.19",
	"sprig":     "v3.3.0",
}

func info(*abi.Call) (any, error) {
	return map[string]any{"engine": "render", "abi": abi.Version, "versions": versions}, nil
}
