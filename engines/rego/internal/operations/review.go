package operations

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"

	"preadmit.dev/engines/abi"
)

type reviewRequest struct {
	// Kinds to ask; all when absent.
	Kinds   []string `json:"kinds"`
	Reviews []struct {
		// Review is input.review.
		Review json.RawMessage `json:"review"`
		// Constraints that match it.
		Constraints []constraintKey `json:"constraints"`
	} `json:"reviews"`
}

type constraintKey struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
}

type reviewResult struct {
	Results  []violation     `json:"results"`
	Problems []reviewProblem `json:"problems"`
}

type violation struct {
	Review  int             `json:"review"`
	Kind    string          `json:"kind"`
	Name    string          `json:"name"`
	Message string          `json:"message"`
	Cut     int             `json:"cut,omitempty"`
	Details json.RawMessage `json:"details,omitempty"`
}

// reviewProblem says why a template did not answer for constraints: error, type, limit.
type reviewProblem struct {
	Review      int      `json:"review"`
	Kind        string   `json:"kind"`
	Constraints []string `json:"constraints"`
	Code        string   `json:"code"`
	Message     string   `json:"message"`
}

func review(c *abi.Call) (any, error) {
	var r reviewRequest
	if err := c.Decode(&r); err != nil {
		return nil, err
	}
	if loaded.gatekeeper == nil {
		return nil, abi.Errorf(abi.BadRequest, "no template is loaded")
	}
	g := loaded.gatekeeper
	out := reviewResult{Results: []violation{}, Problems: []reviewProblem{}}
	exhausted := map[string]bool{}
	err := reading(g.store, func(txn storage.Transaction) error {
		for i, one := range r.Reviews {
			value, err := ast.ValueFromReader(bytes.NewReader(one.Review))
			if err != nil {
				return abi.Errorf(abi.BadRequest, "review %d: %v", i, err)
			}
			kinds, names := byKind(one.Constraints)
			for _, kind := range kinds {
				query := g.templates[kind]
				if query == nil || exhausted[kind] || r.Kinds != nil && !slices.Contains(r.Kinds, kind) {
					continue
				}
				code, message := answerReview(query, txn, i, kind, names[kind], value, &out)
				if code == "" {
					continue
				}
				out.Problems = append(out.Problems, reviewProblem{i, kind, names[kind], code, message})
				exhausted[kind] = code == "limit"
			}
		}
		return nil
	})
	return out, err
}

// byKind keeps the order of the request.
func byKind(keys []constraintKey) (kinds []string, names map[string][]string) {
	names = map[string][]string{}
	for _, key := range keys {
		if names[key.Kind] == nil {
			kinds = append(kinds, key.Kind)
		}
		names[key.Kind] = append(names[key.Kind], key.Name)
	}
	return kinds, names
}

func answerReview(query *prepared, txn storage.Transaction, index int, kind string, names []string, value ast.Value, out *reviewResult) (code, message string) {
	keys := make([]*ast.Term, len(names))
	for i, name := range names {
		keys[i] = ast.ObjectTerm(ast.Item(ast.StringTerm("kind"), ast.StringTerm(kind)), ast.Item(ast.StringTerm("name"), ast.StringTerm(name)))
	}
	input := ast.ObjectTerm(
		ast.Item(ast.StringTerm("target"), ast.StringTerm("admission.k8s.gatekeeper.sh")),
		ast.Item(ast.StringTerm("constraints"), ast.ArrayTerm(keys...)),
		ast.Item(ast.StringTerm("review"), ast.NewTerm(value)),
	)
	first := len(out.Results)
	err := query.run(txn, input, func(answer *ast.Term) error {
		if len(out.Results)-first >= maxAnswers {
			return errTooMany
		}
		one, err := toViolation(answer)
		if err != nil {
			return err
		}
		one.Review, one.Kind = index, kind
		out.Results = append(out.Results, one)
		return nil
	})
	if err == nil {
		return "", ""
	}
	if errors.Is(err, errNoText) {
		return "type", err.Error()
	}
	return codeOf(err)
}

var errNoText = errors.New("answered with a msg that is no text")

func toViolation(answer *ast.Term) (violation, error) {
	object, ok := answer.Value.(ast.Object)
	if !ok {
		return violation{}, errNoText
	}
	text, ok := valueOf(object, "msg").(ast.String)
	if !ok {
		return violation{}, errNoText
	}
	short, size := cut(string(text))
	out := violation{Message: short, Cut: size}
	if key, ok := valueOf(object, "key").(ast.Object); ok {
		name, _ := valueOf(key, "name").(ast.String)
		out.Name = string(name)
	}
	if details, err := ast.JSON(valueOf(object, "details")); err == nil {
		if encoded, err := json.Marshal(details); err == nil && len(encoded) <= maxMetadata && string(encoded) != "{}" {
			out.Details = encoded
		}
	}
	return out, nil
}
