package abi

import "fmt"

// Codes of Error; docs/engine-abi.md says when each is used.
const (
	BadRequest  = "bad-request"
	UnknownOp   = "unknown-op"
	MissingFile = "missing-file"
	Refused     = "refused"
	Remote      = "remote"
	OutsideRoot = "outside-root"
	Cycle       = "cycle"
	Plugin      = "plugin"
	Limit       = "limit"
	Invalid     = "invalid"
	Panic       = "panic"
)

// Error is what a response says went wrong: a stable code and a sentence for people.
type Error struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (e *Error) Error() string { return e.Message }

// Errorf makes an Error with a code.
func Errorf(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// A Miss is something that an upstream library asked for and that is not in the tree.
type Miss struct {
	// Kind is git, http, chart or schema.
	Kind string `json:"kind"`
	// Reference is what was asked for.
	Reference string `json:"reference"`
}
