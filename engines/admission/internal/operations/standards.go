package operations

import (
	"preadmit.dev/engines/abi"
	"preadmit.dev/engines/admission/internal/podsecurity"
	"preadmit.dev/engines/admission/internal/write"
)

func (e *engine) standards(c *abi.Call) (any, error) {
	var request struct {
		writesRequest
		Defaults podsecurity.Defaults `json:"defaults"`
	}
	if err := c.Decode(&request); err != nil {
		return nil, err
	}
	defaults, err := request.Defaults.Policy()
	if err != nil {
		return nil, abi.Errorf(abi.BadRequest, "%v", err)
	}
	answer := struct {
		Violations []podsecurity.Violation `json:"violations"`
	}{Violations: []podsecurity.Violation{}}
	for i, one := range request.Writes {
		if one.Operation == write.Delete {
			continue
		}
		result, err := e.run(i, one)
		if err != nil {
			return nil, err
		}
		namespace, _ := e.cluster.Namespace(result.Namespace)
		for _, violation := range e.podSecurity.Evaluate(result, namespace.Labels, defaults) {
			violation.Write = i
			answer.Violations = append(answer.Violations, violation)
		}
	}
	return answer, nil
}
