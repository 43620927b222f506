// Command render is the engine that reads YAML and renders: kustomize, Helm, Flux's substitution, Go templates and
// jsonnet, each as its upstream library does it. Natively it runs the cases of the folders named as arguments.
package main

import (
	"preadmit.dev/engines/abi"
	"preadmit.dev/engines/render/internal/ops"
)

func init() { abi.Serve(ops.Table) }

func main() {}
