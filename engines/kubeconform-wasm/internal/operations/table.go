// Package operations answers the requests of the kubeconform engine (README.md).
package operations

import "preadmit.dev/engines/abi"

// Table is what abi.Serve needs: the operations by name.
var Table = map[string]abi.Op{
	"info":     info,
	"validate": validate,
}
