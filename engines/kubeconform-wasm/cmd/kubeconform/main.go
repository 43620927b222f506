// Command kubeconform is the engine that validates documents against JSON-schema catalogues with kubeconform's own
// library. Natively it runs the cases of the folders named as arguments.
package main

import (
	"preadmit.dev/engines/abi"
	"preadmit.dev/engines/kubeconform/internal/operations"
)

func init() { abi.Serve(operations.Table) }

func main() {}
