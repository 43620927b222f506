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
	single := alone{bundle: b}
	if r.Modules != nil {
		single.wanted = make([]bool, len(b.modules))
		for _, number := range r.Modules {
			if number < 0 || number >= len(single.wanted) {
				return nil, abi.Errorf(abi.BadRequest, "bundle %d has no module %d", r.Bundle, number)
			}
			single.wanted[number] = true
		}
	}
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
		term := ast.NewTerm(value)
		err = reading(b.store, func(txn storage.Transaction) error {
			for _, p := range b.packages {
				if err := single.ask(p, exhausted, question{txn, i, term}, &out); err != nil {
					return err
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

// question is one input, while it is asked about.
type question struct {
	txn   storage.Transaction
	input int
	value *ast.Term
}

// ask asks the whole package at once, and its modules one by one when not all are wanted, or when one of them breaks.
func (a *alone) ask(p *packaged, exhausted map[int]bool, q question, out *evaluateResult) error {
	asked := make([]*judged, 0, len(p.modules))
	for _, m := range p.modules {
		if !exhausted[m.number] && (a.wanted == nil || a.wanted[m.number]) {
			asked = append(asked, m)
		}
	}
	results, problems := len(out.Results), len(out.Problems)
	if len(asked) != len(p.modules) || p.collect(p.query, q, out) != nil {
		out.Results, out.Problems = out.Results[:results], out.Problems[:problems]
		for _, m := range asked {
			query, err := a.query(p.path, m.number)
			if err != nil {
				return err
			}
			err = p.collect(query, q, out)
			if err == nil {
				continue
			}
			code, message := codeOf(err)
			out.Problems = append(out.Problems, problem{Input: q.input, Module: m.number, Code: code, Message: message})
			// It would only be as slow on the next ones.
			exhausted[m.number] = code == "limit"
		}
	}
	if len(out.Results) > results && p.exception != nil {
		p.except(q, out, results)
	}
	return nil
}

// collect runs a query of answers. It gives up when a module has too many.
func (p *packaged) collect(query *prepared, q question, out *evaluateResult) error {
	counts := map[int]int{}
	return query.run(q.txn, q.value, func(answers *ast.Term) error {
		set, ok := answers.Value.(ast.Set)
		if !ok {
			return nil
		}
		return set.Iter(func(answer *ast.Term) error {
			number, index, value := unpack(answer)
			counts[number]++
			if counts[number] > maxAnswers {
				return errTooMany
			}
			for _, one := range p.messages(number, index, value) {
				if one.problem != "" {
					out.Problems = append(out.Problems, problem{q.input, number, p.rule(number, index), "type", one.problem})
					continue
				}
				// conftest takes a result without a message for one that passed (output/result.go).
				if one.Message == "" {
					continue
				}
				one.Input, one.Module, one.Entry = q.input, number, index
				out.Results = append(out.Results, one.answered)
			}
			return nil
		})
	})
}

func (p *packaged) rule(number, index int) string { return p.entry(number, index).Rule }

func (p *packaged) entry(number, index int) entry {
	for _, m := range p.modules {
		if m.number == number {
			return m.entries[index]
		}
	}
	return entry{}
}

// except marks answers of rules that the package's exception rules name; `deny_x` is named x, and `deny` is named "".
func (p *packaged) except(q question, out *evaluateResult, first int) {
	var names []string
	err := p.exception.run(q.txn, q.value, func(name *ast.Term) error {
		if text, ok := name.Value.(ast.String); ok {
			names = append(names, string(text))
		}
		return nil
	})
	if err != nil {
		code, message := codeOf(err)
		out.Problems = append(out.Problems, problem{q.input, p.modules[0].number, "exception", code, message})
	}
	for i := first; i < len(out.Results); i++ {
		_, name, _ := strings.Cut(p.rule(out.Results[i].Module, out.Results[i].Entry), "_")
		out.Results[i].Excepted = slices.Contains(names, name)
	}
}

func unpack(answer *ast.Term) (module, entry int, value *ast.Term) {
	array := answer.Value.(*ast.Array)
	module, _ = array.Elem(0).Value.(ast.Number).Int()
	entry, _ = array.Elem(1).Value.(ast.Number).Int()
	return module, entry, array.Elem(2)
}

type message struct {
	answered
	problem string
}

// messages of an answer: those of a member of a set, or of the value of a rule that is none. Of the latter conftest reads
// lists and sets only (policy/engine.go): a text, an object or true would never be told there, so they are a mistake.
func (p *packaged) messages(module, index int, value *ast.Term) []message {
	if !p.entry(module, index).whole {
		return messages(value)
	}
	switch v := value.Value.(type) {
	case *ast.Array, ast.Set:
		return messages(value)
	case ast.Boolean:
		if !bool(v) {
			return nil
		}
	case ast.Null:
		return nil
	}
	return []message{{problem: fmt.Sprintf("answered %s, which is no set, so conftest reads nothing of it: write `contains` in the rule's head", shorten(value.String()))}}
}

// messages of a member: a text, or an object with a text `msg`; a list counts as each of its own.
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
