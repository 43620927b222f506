// Command kyverno is the engine of Kyverno's CEL policies. Natively it runs the cases of the folders named as arguments.
package main

import (
	"preadmit.dev/engines/abi"
	"preadmit.dev/engines/kyverno/internal/operations"
)

func init() { abi.Serve(operations.New()) }

func main() {}
