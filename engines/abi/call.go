// Package abi is what all engines share: frames, the response envelope, the table of operations and the tree.
package abi

import (
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"preadmit.dev/engines/abi/tree"
)

// Version is the number of the ABI that docs/engine-abi.md describes.
const Version = 1

// Op answers one request. Its result becomes JSON; an error that is no *Error is reported as invalid.
type Op func(c *Call) (any, error)

// Call is one request while it is answered.
type Call struct {
	header []byte
	// Blobs of the request.
	Blobs [][]byte
	// Tree is what the request may read; it caches for this call only.
	Tree *tree.Tree

	misses  []Miss
	impure  map[string]int
	capture *capture
}

// Decode reads the request's header. Unknown fields are ignored: the TypeScript side is typed.
func (c *Call) Decode(v any) error {
	if err := json.Unmarshal(c.header, v); err != nil {
		return Errorf(BadRequest, "request: %v", err)
	}
	return nil
}

// Miss records something that is not in the tree, once.
func (c *Call) Miss(kind, reference string) {
	miss := Miss{Kind: kind, Reference: reference}
	for _, known := range c.misses {
		if known == miss {
			return
		}
	}
	c.misses = append(c.misses, miss)
}

// Impure counts a function whose result would differ in the next run: random, clock, lookup, dns.
func (c *Call) Impure(what string) {
	if c.impure == nil {
		c.impure = map[string]int{}
	}
	c.impure[what]++
}

// Misses of this call so far.
func (c *Call) Misses() []Miss { return c.misses }

// Log adds a line for people to the response.
func (c *Call) Log(line string) { c.capture.line(line) }

type response struct {
	Result any            `json:"result,omitempty"`
	Error  *Error         `json:"error,omitempty"`
	Misses []Miss         `json:"misses,omitempty"`
	Impure map[string]int `json:"impure,omitempty"`
	Logs   []string       `json:"logs,omitempty"`
}

// Answer runs the operation that a frame names and encodes the response. It never panics.
func Answer(ops map[string]Op, frame []byte, source tree.Source) []byte {
	c := &Call{Tree: tree.New(source), capture: newCapture()}
	result, err := run(ops, c, frame)
	r := response{Result: result, Misses: c.misses, Impure: c.impure, Logs: c.capture.end()}
	if err != nil {
		r.Result, r.Error = nil, asError(err)
	}
	header, err := json.Marshal(r)
	if err != nil {
		header, _ = json.Marshal(response{Error: Errorf(Panic, "response: %v", err)})
	}
	return EncodeFrame(header)
}

func run(ops map[string]Op, c *Call, frame []byte) (result any, err error) {
	defer func() {
		if p := recover(); p != nil {
			result, err = nil, Errorf(Panic, "%s", firstLine(fmt.Sprint(p)))
			for line := range strings.Lines(string(debug.Stack())) {
				c.Log(strings.TrimSpace(line))
			}
		}
	}()
	if c.header, c.Blobs, err = DecodeFrame(frame); err != nil {
		return nil, Errorf(BadRequest, "%v", err)
	}
	var name struct {
		Op string `json:"op"`
	}
	if err := c.Decode(&name); err != nil {
		return nil, err
	}
	op, ok := ops[name.Op]
	if !ok {
		return nil, Errorf(UnknownOp, "no operation %q", name.Op)
	}
	return op(c)
}

func asError(err error) *Error {
	var known *Error
	if !errors.As(err, &known) {
		known = &Error{Code: Invalid, Message: err.Error()}
	}
	return &Error{Code: known.Code, Message: shorten(strings.ToValidUTF8(known.Message, "\uFFFD"))}
}

// Characters of a message: a chart can fail with a megabyte, and a recursion names every level.
const maxHead, maxTail = 400, 1200

// shorten leaves out the middle: the start says where, the end says why.
func shorten(s string) string {
	if runes := []rune(s); len(runes) > maxHead+maxTail {
		return string(runes[:maxHead]) + " … " + string(runes[len(runes)-maxTail:])
	}
	return s
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
