// Command admission is the engine of Kubernetes' own write path. Natively it runs the cases of the folders named as
// arguments.
package main

import (
	"preadmit.dev/engines/abi"
	"preadmit.dev/engines/admission/internal/operations"
)

func init() { abi.Serve(operations.New()) }

func main() {}
