package operations

import "preadmit.dev/engines/abi"

// versions of what is embedded. A test holds them against go.mod: a build without build information cannot tell.
var versions = map[string]string{
	"kubernetes":            "v1.37.2",
	"cel-go":                "v0.29.2",
	"structured-merge-diff": "v6.4.2",
}

func info(*abi.Call) (any, error) {
	return map[string]any{"engine": "admission", "abi": abi.Version, "versions": versions}, nil
}
