//go:build !wasip1

package abi

import (
	"fmt"
	"os"
)

// Serve runs the cases below the folders that are named on the command line and prints one response header a line:
// the same operations as in WebAssembly, for tests that compare both (see cases.go).
func Serve(ops map[string]Op) {
	for _, folder := range os.Args[1:] {
		if err := RunCases(ops, folder, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
