// Package operations answers the requests that src/engine/api.ts types for this engine: load, evaluate, info.
package operations

import (
	"github.com/go-logr/logr"
	kyvernov2 "github.com/kyverno/kyverno/api/kyverno/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"
	"preadmit.dev/engines/abi"
	"preadmit.dev/engines/kyverno/internal/repository"
	"preadmit.dev/engines/kyverno/internal/subject"
)

// evaluator is a policy that compiled.
type evaluator interface {
	Evaluate(s *subject.Subject, guess bool) []subject.Outcome
	// Takes says whether Evaluate would have anything to say.
	Takes(s *subject.Subject) bool
}

// exhausting is how often a policy may run out of its budget in one call. An expression that does so once mostly does
// so on every object, and each time costs what a hundred others do.
const exhausting = 3

var exhausted = subject.Outcome{
	Outcome: subject.NotEvaluable,
	Message: "the policy ran out of its budget on several objects before and was not tried on this one",
}

// engine is what one instance holds between a load and the requests that follow it.
type engine struct {
	// policies by their position in the load; nil for those that did not compile.
	policies   []evaluator
	kinds      *repository.Kinds
	namespaces map[string]*corev1.Namespace
	info       kyvernov2.RequestInfo
	// complete: the objects of the load are all that there are.
	complete bool
}

// New makes the operations of an instance that has loaded nothing.
func New() map[string]abi.Op {
	// What upstream logs is meant for the administrators of a cluster; what it says of a write is in its answers.
	klog.SetLogger(logr.Discard())
	e := &engine{kinds: repository.NewKinds(nil)}
	return map[string]abi.Op{"load": e.load, "evaluate": e.evaluate, "info": info}
}

type evaluation struct {
	Write  int `json:"write"`
	Policy int `json:"policy"`
	subject.Outcome
}

func (e *engine) evaluate(c *abi.Call) (any, error) {
	var request struct {
		Writes []subject.Write `json:"writes"`
		// All asks for passes and skips too.
		All bool `json:"all,omitempty"`
	}
	if err := c.Decode(&request); err != nil {
		return nil, err
	}
	answer := struct {
		Evaluations []evaluation `json:"evaluations"`
		// Matched counts writes by policy.
		Matched []int `json:"matched"`
		// Undecodable writes by position.
		Undecodable map[int]string `json:"undecodable,omitempty"`
	}{Evaluations: []evaluation{}, Matched: make([]int, len(e.policies)), Undecodable: map[int]string{}}
	budgets := make([]int, len(e.policies))
	for write, one := range request.Writes {
		s, err := subject.New(one, e.kinds, e.namespaces, e.info)
		if err != nil {
			answer.Undecodable[write] = err.Error()
			continue
		}
		for position, policy := range e.policies {
			if policy == nil {
				continue
			}
			outcomes := []subject.Outcome{exhausted}
			if budgets[position] < exhausting {
				outcomes = policy.Evaluate(s, e.complete)
			} else if !policy.Takes(s) {
				continue
			}
			if len(outcomes) > 0 {
				answer.Matched[position]++
			}
			for _, outcome := range outcomes {
				if outcome.OverBudget() {
					budgets[position]++
				}
				quiet := outcome.Outcome == subject.Pass || outcome.Outcome == subject.Skip
				if request.All || !quiet {
					answer.Evaluations = append(answer.Evaluations, evaluation{write, position, outcome})
				}
			}
		}
	}
	return answer, nil
}
