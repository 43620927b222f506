package operations

import (
	"encoding/json"

	"k8s.io/apimachinery/pkg/runtime"
	"preadmit.dev/engines/abi"
	"preadmit.dev/engines/admission/internal/write"
)

// prepared is a write as the API server shows it to admission webhooks.
type prepared struct {
	// Namespace is empty for cluster-scoped kinds.
	Namespace string `json:"namespace"`
	// Object and Old are versioned and defaulted, or as given where Given says why.
	Object json.RawMessage `json:"object,omitempty"`
	Old    json.RawMessage `json:"old,omitempty"`
	Given  string          `json:"given,omitempty"`
}

// prepare decodes, defaults and prepares writes, and answers with the objects that follow.
func (e *engine) prepare(c *abi.Call) (any, error) {
	var request writesRequest
	if err := c.Decode(&request); err != nil {
		return nil, err
	}
	if err := decodeWrites(c, request.Writes); err != nil {
		return nil, err
	}
	answer := struct {
		Writes []prepared `json:"writes"`
	}{Writes: make([]prepared, 0, len(request.Writes))}
	for i, one := range request.Writes {
		result, err := e.run(i, one)
		if err != nil {
			return nil, err
		}
		shown, err := shown(result)
		if err != nil {
			return nil, err
		}
		answer.Writes = append(answer.Writes, shown)
	}
	return answer, nil
}

func shown(result *write.Result) (prepared, error) {
	p := prepared{Namespace: result.Namespace, Given: result.Unknown}
	if p.Given == "" {
		p.Given = result.Undecodable
	}
	for _, side := range []struct {
		object runtime.Object
		into   *json.RawMessage
	}{{result.New, &p.Object}, {result.Old, &p.Old}} {
		if side.object == nil {
			continue
		}
		side.object.GetObjectKind().SetGroupVersionKind(result.Kind)
		encoded, err := json.Marshal(side.object)
		if err != nil {
			return p, abi.Errorf(abi.Invalid, "the object cannot be encoded: %v", err)
		}
		*side.into = encoded
	}
	return p, nil
}
