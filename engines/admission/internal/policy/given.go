package policy

import (
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"preadmit.dev/engines/admission/internal/cluster"
	"preadmit.dev/engines/admission/internal/message"
	"preadmit.dev/engines/admission/internal/write"
)

// Given is what a test of a policy gives with a write, instead of what the load brought.
type Given struct {
	User            *cluster.User   `json:"user"`
	NamespaceObject json.RawMessage `json:"namespaceObject"`
	Policies        []string        `json:"policies"`
	// Parameters replaces the bindings; nil leaves them in force.
	Parameters []json.RawMessage `json:"parameters"`
}

// namespace decodes namespaceObject as it would be stored.
func (g Given) namespace(c *cluster.Cluster) (*corev1.Namespace, error) {
	result, err := write.Run(c, write.Request{Operation: write.Create, Object: g.NamespaceObject})
	if err != nil {
		return nil, fmt.Errorf("namespaceObject: %w", err)
	}
	namespace, ok := result.New.(*corev1.Namespace)
	if !ok {
		return nil, fmt.Errorf("namespaceObject is no Namespace that can be decoded")
	}
	return namespace, nil
}

// direct answers the parameters with which policies are evaluated without bindings, nil when bindings decide, and the
// values of Secrets among them.
func direct(c *cluster.Cluster, given Given) ([]*Parameter, message.Secrets, error) {
	var secrets message.Secrets
	if given.Parameters == nil {
		return nil, secrets, nil
	}
	if len(given.Parameters) == 0 {
		return []*Parameter{nil}, secrets, nil
	}
	var parameters []*Parameter
	for i, raw := range given.Parameters {
		parameter, err := NewParameter(c, raw, &secrets)
		if err != nil {
			return nil, secrets, fmt.Errorf("parameters[%d]: %w", i, err)
		}
		parameters = append(parameters, parameter)
	}
	return parameters, secrets, nil
}
