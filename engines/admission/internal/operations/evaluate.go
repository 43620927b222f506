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
	names := e.policies.Names()
	matched := make([]int, len(names))
	for i, one := range request.Writes {
		// A server asks policies about what its own rules accepted; what these say is the answer of `admit`.
		one.Unvalidated = true
		if err := decodeWrite(c, &one.Request); err != nil {
			return nil, err
		}
		written, err := e.run(i, one.Request)
		if err != nil {
			return nil, err
		}
		answer, err := e.policies.Evaluate(e.cluster, one.Operation, written, one.Given)
		if err != nil {
			return nil, abi.Errorf(abi.BadRequest, "writes[%d]: %v", i, err)
		}
		for _, policy := range answer.Matched {
			matched[policy]++
		}
		result.add(i, answer, names, request.Detail)
	}
	for policy, name := range names {
		result.Matched[name] = matched[policy]
	}
	return result, nil
}

func (r *evaluateResult) add(position int, answer policy.Answer, names []string, detail bool) {
	for _, evaluation := range answer.Evaluations {
		evaluation.Write = position
		r.Evaluations = append(r.Evaluations, evaluation)
	}
	if !detail {
		return
	}
	for _, policy := range answer.Matched {
		r.Taken[names[policy]] = append(r.Taken[names[policy]], position)
	}
	for _, annotation := range answer.Annotations {
		annotation.Write = position
		r.AuditAnnotations = append(r.AuditAnnotations, annotation)
	}
}
