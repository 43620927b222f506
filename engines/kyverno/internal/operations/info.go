package operations

import "preadmit.dev/engines/abi"

// versions of what is embedded. A test holds them against go.mod: a build without build information cannot tell.
var versions = map[string]string{
	"kyverno":    "v1.19.1",
	"kubernetes": "v0.36.3",
	"cel-go":     "v0.30.0",
}

func info(*abi.Call) (any, error) {
	return map[string]any{"engine": "kyverno", "abi": abi.Version, "versions": versions}, nil
}
