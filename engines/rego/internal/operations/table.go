// Package operations answers the requests of the rego engine (README.md).
package operations

import "preadmit.dev/engines/abi"

// Table is what abi.Serve needs: the operations by name.
var Table = map[string]abi.Op{
	"info":     info,
	"load":     load,
	"evaluate": evaluate,
	"review":   review,
	"test":     test,
}
