package operations

import "preadmit.dev/engines/abi"

// versions are those of go.mod; a test holds them equal.
var versions = map[string]string{
	"opa":                   "v1.22.3",
	"constraint-frameworks": "v0.0.0-20260616163050-e1eaa1bf6d62",
}

func info(*abi.Call) (any, error) {
	return map[string]any{"engine": "rego", "abi": abi.Version, "versions": versions}, nil
}
