package operations

import (
	"k8s.io/pod-security-admission/api"
	"preadmit.dev/engines/abi"
	"preadmit.dev/engines/admission/internal/podsecurity"
	"preadmit.dev/engines/admission/internal/write"
)

type standardsRequest struct {
	writesRequest
	Defaults  podsecurity.Defaults   `json:"defaults"`
	Standards []podsecurity.Standard `json:"standards"`
}

type standardsResult struct {
	Violations []podsecurity.Violation `json:"violations"`
	// With standards only.
	Standards []podsecurity.StandardViolation `json:"standards,omitzero"`
	Pods      []int                           `json:"pods,omitzero"`
}

func (e *engine) standards(c *abi.Call) (any, error) {
	var request standardsRequest
	if err := c.Decode(&request); err != nil {
		return nil, err
	}
	if err := decodeWrites(c, request.Writes); err != nil {
		return nil, err
	}
	defaults, err := request.Defaults.Policy()
	if err != nil {
		return nil, abi.Errorf(abi.BadRequest, "%v", err)
	}
	var standards []api.LevelVersion
	for i, asked := range request.Standards {
		standard, err := asked.LevelVersion()
		if err != nil {
			return nil, abi.Errorf(abi.BadRequest, "standards[%d]: %v", i, err)
		}
		standards = append(standards, standard)
	}
	result := standardsResult{Violations: []podsecurity.Violation{}}
	if len(standards) > 0 {
		result.Standards, result.Pods = []podsecurity.StandardViolation{}, []int{}
	}
	for i, one := range request.Writes {
		if one.Operation == write.Delete {
			continue
		}
		// What the object's own rules say is the answer of `admit`.
		one.Unvalidated = true
		written, err := e.run(i, one)
		if err != nil {
			return nil, err
		}
		namespace, _ := e.cluster.Namespace(written.Namespace)
		for _, violation := range e.podSecurity.Evaluate(written, namespace.Labels, defaults) {
			violation.Write = i
			result.Violations = append(result.Violations, violation)
		}
		if len(standards) == 0 || !podsecurity.HoldsPod(written) {
			continue
		}
		result.Pods = append(result.Pods, i)
		for _, violation := range e.podSecurity.EvaluateStandards(written, standards) {
			violation.Write = i
			result.Standards = append(result.Standards, violation)
		}
	}
	return result, nil
}
