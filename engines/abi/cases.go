//go:build !wasip1

package abi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"

	"preadmit.dev/engines/abi/tree"
)

// A case is a folder with request.json (one request header, or a list of them answered in order by one instance), a
// tree/ that they may read, blobs/<request>-<n> where a request has any, and expected.json (the response header, or
// the list of them).

// A Case is one folder of them, read.
type Case struct {
	Name     string
	Frames   [][]byte
	Expected []json.RawMessage
	Source   tree.Source
}

// ReadCases reads every case below a folder, sorted by name.
func ReadCases(folder string) ([]Case, error) {
	requests, err := filepath.Glob(filepath.Join(folder, "*", "request.json"))
	if err != nil {
		return nil, err
	}
	// By name of the case; sorted as paths, `a-b/` would come before `a/`.
	sort.Slice(requests, func(i, j int) bool { return filepath.Dir(requests[i]) < filepath.Dir(requests[j]) })
	var cases []Case
	for _, request := range requests {
		c, err := readCase(filepath.Dir(request))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", request, err)
		}
		cases = append(cases, c)
	}
	return cases, nil
}

func readCase(dir string) (Case, error) {
	c := Case{Name: filepath.Base(dir), Source: tree.Directory{Root: filepath.Join(dir, "tree")}}
	requests, err := readList(filepath.Join(dir, "request.json"))
	if err != nil {
		return c, err
	}
	for i, request := range requests {
		blobs, err := readBlobs(dir, i)
		if err != nil {
			return c, err
		}
		c.Frames = append(c.Frames, EncodeFrame(request, blobs...))
	}
	c.Expected, err = readList(filepath.Join(dir, "expected.json"))
	if os.IsNotExist(err) {
		err = nil
	}
	return c, err
}

func readBlobs(dir string, request int) ([][]byte, error) {
	var blobs [][]byte
	for n := 0; ; n++ {
		b, err := os.ReadFile(filepath.Join(dir, "blobs", fmt.Sprintf("%d-%d", request, n)))
		if os.IsNotExist(err) {
			return blobs, nil
		}
		if err != nil {
			return nil, err
		}
		blobs = append(blobs, b)
	}
}

// readList reads a file that holds one JSON value or a list of them.
func readList(file string) ([]json.RawMessage, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if b = bytes.TrimSpace(b); len(b) == 0 || b[0] != '[' {
		return []json.RawMessage{b}, nil
	}
	var list []json.RawMessage
	return list, json.Unmarshal(b, &list)
}

// Answers of a case, as response headers.
func (c Case) Answers(ops map[string]Op) ([][]byte, error) {
	var out [][]byte
	for _, frame := range c.Frames {
		header, _, err := DecodeFrame(Answer(ops, frame, c.Source))
		if err != nil {
			return nil, err
		}
		out = append(out, header)
	}
	return out, nil
}

// RunCases prints `<case> <number of the request> <response header>` for every request of every case.
func RunCases(ops map[string]Op, folder string, w io.Writer) error {
	cases, err := ReadCases(folder)
	if err != nil {
		return err
	}
	for _, c := range cases {
		answers, err := c.Answers(ops)
		if err != nil {
			return err
		}
		for i, answer := range answers {
			if _, err := fmt.Fprintf(w, "%s %d %s\n", c.Name, i, answer); err != nil {
				return err
			}
		}
	}
	return nil
}
