package operations

import (
	"preadmit.dev/engines/abi"
	"preadmit.dev/engines/admission/internal/write"
)

type admitted struct {
	Verdict  string          `json:"verdict"`
	Findings []write.Finding `json:"findings"`
}

func (e *engine) admit(c *abi.Call) (any, error) {
	var request writesRequest
	if err := c.Decode(&request); err != nil {
		return nil, err
	}
	if err := decodeWrites(c, request.Writes); err != nil {
		return nil, err
	}
	answer := struct {
		Writes []admitted `json:"writes"`
	}{Writes: make([]admitted, 0, len(request.Writes))}
	for i, one := range request.Writes {
		result, err := e.run(i, one)
		if err != nil {
			return nil, err
		}
		answer.Writes = append(answer.Writes, admitted{Verdict: verdict(one, result), Findings: result.Findings})
	}
	return answer, nil
}

func verdict(request write.Request, result *write.Result) string {
	switch {
	// What was refused stays refused, whatever failed afterwards.
	case request.Operation != write.Delete && write.Rejected(result.Findings):
		return "rejected"
	case result.Unknown != "":
		return "unknown"
	}
	return "accepted"
}
