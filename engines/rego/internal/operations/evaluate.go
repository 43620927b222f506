package operations

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/topdown"

	"preadmit.dev/engines/abi"
)

type evaluateRequest struct {
	Bundle int `json:"bundle"`
	// Modules to ask, by their position in the bundle; all when absent.
	Modules []int `json:"modules"`
	Inputs  []struct {
		Input json.RawMessage `json:"input"`
		// File that conftest would have read the input from.
		File string `json:"file"`
	} `json:"inputs"`
}

type evaluateResult struct {
	Results  []answered `json:"results"`
	Problems []problem  `json:"problems"`
}

// answered is one message of one entry on one input.
type answered struct {
	Input    int            `json:"input"`
	Module   int            `json:"module"`
	Entry    int            `json:"entry"`
	Message  string         `json:"message"`
	Metadata map[string]any `json:"metadata,omitempty"`
	// Bytes of the message when it was cut.
	Cut int `json:"cut,omitempty"`
	// Excepted by an exception rule.
	Excepted bool `json:"excepted,omitempty"`
}

// problem says why a module did not answer for an input: error, type (an answer that is no message), limit.
type problem struct {
	Input   int    `json:"input"`
	Module  int    `json:"module"`
	Rule    string `json:"rule,omitempty"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// maxAnswers of one module on one input.
const maxAnswers = 200

// maxMetadata of one answer, in bytes of JSON.
const maxMetadata = 10 * 1024

var errTooMany = errors.New("too many answers")

func evaluate(c *abi.Call) (any, error) {
	var r evaluateRequest
	if err := c.Decode(&r); err != nil {
		return nil, err
	}
	if r.Bundle < 0 || r.Bundle >= len(loaded.bundles) {
		return nil, abi.Errorf(abi.BadRequest, "no bundle %d is loaded", r.Bundle)
	}
	b := loaded.bundles[r.Bundle]
	if b.store == nil {
		return nil, abi.Errorf(abi.BadRequest, "the data of bundle %d could not be merged", r.Bundle)
	}
	out := evaluateResult{Results: []answered{}, Problems: []problem{}}
	exhausted := map[int]bool{}
	for i, one := range r.Inputs {
		value, err := ast.ValueFromReader(bytes.NewReader(one.Input))
		if err != nil {
			return nil, abi.Errorf(abi.BadRequest, "input %d: %v", i, err)
		}
		if b.file {
			if err := writeFile(b.store, one.File); err != nil {
				return nil, err
			}
		}
		err = reading(b.store, func(txn storage.Transaction) error {
			excepted := map[string][]string{}
			for _, m := range b.modules {
				if exhausted[m.number] || r.Modules != nil && !slices.Contains(r.Modules, m.number) {
					continue
				}
				ask(b, m, txn, i, ast.NewTerm(value), excepted, &out)
				if n := len(out.Problems); n > 0 && out.Problems[n-1].Code == "limit" && out.Problems[n-1].Module == m.number {
					// It would only be as slow on the next ones.
					exhausted[m.number] = true
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func ask(b *bundle, m *judged, txn storage.Transaction, input int, value *ast.Term, excepted map[string][]string, out *evaluateResult) {
	first := len(out.Results)
	err := m.query.run(txn, value, func(answers *ast.Term) error {
		set, ok := answers.Value.(ast.Set)
		if !ok {
			return nil
		}
		return set.Iter(func(pair *ast.Term) error {
			if len(out.Results)-first >= maxAnswers {
				return errTooMany
			}
			index, value := unpair(pair)
			for _, one := range messages(value) {
				one.Input, one.Module, one.Entry = input, m.number, index
				if one.problem != "" {
					out.Problems = append(out.Problems, problem{input, m.number, m.entries[index].Rule, "type", one.problem})
					continue
				}
				out.Results = append(out.Results, one.answered)
			}
			return nil
		})
	})
	if err != nil {
		code, message := codeOf(err)
		out.Problems = append(out.Problems, problem{Input: input, Module: m.number, Code: code, Message: message})
	}
	if len(out.Results) > first {
		except(b, m, txn, input, value, excepted, out, first)
	}
}

// except marks answers of rules that the package's exception rules name; `deny_x` is named x, and `deny` is named "".
func except(b *bundle, m *judged, txn storage.Transaction, input int, value *ast.Term, known map[string][]string, out *evaluateResult, first int) {
	query := b.exceptions[m.pkg]
	if query == nil {
		return
	}
	names, asked := known[m.pkg]
	if !asked {
		err := query.run(txn, value, func(name *ast.Term) error {
			if text, ok := name.Value.(ast.String); ok {
				names = append(names, string(text))
			}
			return nil
		})
		if err != nil {
			code, message := codeOf(err)
			out.Problems = append(out.Problems, problem{input, m.number, "exception", code, message})
		}
		known[m.pkg] = names
	}
	for i := first; i < len(out.Results); i++ {
		rule := m.entries[out.Results[i].Entry].Rule
		_, name, _ := strings.Cut(rule, "_")
		out.Results[i].Excepted = slices.Contains(names, name)
	}
}

func unpair(pair *ast.Term) (int, *ast.Term) {
	array := pair.Value.(*ast.Array)
	index, _ := array.Elem(0).Value.(ast.Number).Int()
	return index, array.Elem(1)
}

type message struct {
	answered
	problem string
}

// messages of an answer: a text, or an object with a text `msg`; a rule that is no set answers with a list of them.
func messages(value *ast.Term) []message {
	switch v := value.Value.(type) {
	case ast.String:
		short, bytes := cut(string(v))
		return []message{{answered: answered{Message: short, Cut: bytes}}}
	case ast.Object:
		return []message{fromObject(v)}
	case *ast.Array:
		return each(v.Foreach)
	case ast.Set:
		return each(v.Foreach)
	default:
		return []message{{problem: fmt.Sprintf("answered %s, not a set of texts or of objects with a text msg", shorten(value.String()))}}
	}
}

func each(foreach func(func(*ast.Term))) []message {
	var out []message
	foreach(func(t *ast.Term) {
		switch t.Value.(type) {
		case ast.String, ast.Object:
			out = append(out, messages(t)...)
		default:
			out = append(out, message{problem: fmt.Sprintf("answered with %s, neither a text nor an object with a text msg", shorten(t.String()))})
		}
	})
	return out
}

func fromObject(o ast.Object) message {
	text, ok := valueOf(o, "msg").(ast.String)
	if !ok {
		return message{problem: `answered with an object whose "msg" is missing or no text`}
	}
	short, bytes := cut(string(text))
	out := message{answered: answered{Message: short, Cut: bytes}}
	native, err := ast.JSON(o)
	fields, ok := native.(map[string]any)
	if err != nil || !ok {
		return out
	}
	delete(fields, "msg")
	if encoded, err := json.Marshal(fields); err == nil && len(fields) > 0 && len(encoded) <= maxMetadata {
		out.Metadata = fields
	}
	return out
}

func valueOf(o ast.Object, key string) ast.Value {
	if t := o.Get(ast.StringTerm(key)); t != nil {
		return t.Value
	}
	return nil
}

func codeOf(err error) (code, message string) {
	if topdown.IsCancel(err) {
		return "limit", fmt.Sprintf("took more than %d steps on one input", maxSteps)
	}
	if errors.Is(err, errTooMany) {
		return "limit", fmt.Sprintf("gave more than %d answers for one input", maxAnswers)
	}
	return "error", shorten(err.Error())
}

// writeFile is what conftest tells of the file that it reads.
func writeFile(store storage.Store, file string) error {
	ctx := context.Background()
	dir, name := "", file
	if i := strings.LastIndex(file, "/"); i >= 0 {
		dir, name = file[:i], file[i+1:]
	}
	return storage.Txn(ctx, store, storage.WriteParams, func(txn storage.Transaction) error {
		if err := storage.MakeDir(ctx, store, txn, storage.Path{"conftest"}); err != nil {
			return err
		}
		value := map[string]any{"name": name, "dir": dir}
		return store.Write(ctx, txn, storage.AddOp, storage.Path{"conftest", "file"}, value)
	})
}
