package operations

import "preadmit.dev/engines/abi"

// versions are those of go.mod; a test holds them equal.
var versions = map[string]string{
	"kubeconform": "v0.8.0",
	"jsonschema":  "v6.0.2",
}

func info(*abi.Call) (any, error) {
	return map[string]any{"engine": "kubeconform", "abi": abi.Version, "versions": versions}, nil
}
