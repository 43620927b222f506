package operations

import (
	"preadmit.dev/engines/abi"
	"preadmit.dev/engines/admission/internal/policy"
	"preadmit.dev/engines/admission/internal/write"
)

type evaluateRequest struct {
	Writes []struct {
		write.Request
		policy.Given
	} `json:"writes"`
	Detail bool `json:"detail"`
}

type evaluateResult struct {
	Evaluations []policy.Evaluation `json:"evaluations"`
	Matched     map[string]int      `json:"matched"`
	// With detail only.
	Taken            map[string][]int    `json:"taken,omitzero"`
	AuditAnnotations []policy.Annotation `json:"auditAnnotations,omitzero"`
}

func (e *engine) evaluate(c *abi.Call) (any, error) {
	var request evaluateRequest
	if err := c.Decode(&request); err != nil {
		return nil, err
	}
	result := evaluateResult{Evaluations: []policy.Evaluation{}, Matched: map[string]int{}}
	if request.Detail {
		result.Taken, result.AuditAnnotations = map[string][]int{}, []policy.Annotation{}
	}
	for _, name := range e.policies.Names() {
		result.Matched[name] = 0
	}
	for i, one := range request.Writes {
		written, err := e.run(i, one.Request)
		if err != nil {
			return nil, err
		}
		answer, err := e.policies.Evaluate(e.cluster, one.Operation, written, one.Given)
		if err != nil {
			return nil, abi.Errorf(abi.BadRequest, "writes[%d]: %v", i, err)
		}
		result.add(i, answer, request.Detail)
	}
	return result, nil
}

func (r *evaluateResult) add(position int, answer policy.Answer, detail bool) {
	for _, evaluation := range answer.Evaluations {
		evaluation.Write = position
		r.Evaluations = append(r.Evaluations, evaluation)
	}
	for _, name := range answer.Matched {
		r.Matched[name]++
	}
	if !detail {
		return
	}
	for _, name := range answer.Matched {
		r.Taken[name] = append(r.Taken[name], position)
	}
	for _, annotation := range answer.Annotations {
		annotation.Write = position
		r.AuditAnnotations = append(r.AuditAnnotations, annotation)
	}
}
