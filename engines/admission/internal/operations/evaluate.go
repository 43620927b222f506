package operations

import (
	"preadmit.dev/engines/abi"
	"preadmit.dev/engines/admission/internal/policy"
)

func (e *engine) evaluate(c *abi.Call) (any, error) {
	var request writesRequest
	if err := c.Decode(&request); err != nil {
		return nil, err
	}
	answer := struct {
		Evaluations []policy.Evaluation `json:"evaluations"`
		Matched     map[string]int      `json:"matched"`
	}{Evaluations: []policy.Evaluation{}, Matched: map[string]int{}}
	for _, name := range e.policies.Names() {
		answer.Matched[name] = 0
	}
	for i, one := range request.Writes {
		result, err := e.run(i, one)
		if err != nil {
			return nil, err
		}
		evaluations, matched := e.policies.Evaluate(e.cluster, one.Operation, result)
		for _, evaluation := range evaluations {
			evaluation.Write = i
			answer.Evaluations = append(answer.Evaluations, evaluation)
		}
		for _, name := range matched {
			answer.Matched[name]++
		}
	}
	return answer, nil
}
