// Command rego is the engine that evaluates Rego with OPA's own compiler and evaluator. Natively it runs the cases of
// the folders named as arguments.
package main

import (
	"preadmit.dev/engines/abi"
	"preadmit.dev/engines/rego/internal/operations"
)

func init() { abi.Serve(operations.Table) }

func main() {}
