// Command overlay edits vendored Go sources for one engine without copying them: rules in, a file for
// `go build -overlay` out. README.md describes the rules.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	record := flag.Bool("record", false, "accept the upstream files as they are now and write their hashes")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: overlay [--record] <engine directory>")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	count, err := run(flag.Arg(0), *record)
	if err != nil {
		fmt.Fprintln(os.Stderr, "overlay:", err)
		os.Exit(1)
	}
	fmt.Printf("overlay: %d files\n", count)
}
