package operations

import (
	"encoding/json"
	"fmt"
	"runtime"
	"slices"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	"preadmit.dev/engines/abi"
	"preadmit.dev/engines/admission/internal/cluster"
	"preadmit.dev/engines/admission/internal/kinds"
	"preadmit.dev/engines/admission/internal/message"
	"preadmit.dev/engines/admission/internal/podsecurity"
	"preadmit.dev/engines/admission/internal/policy"
	"preadmit.dev/engines/admission/internal/release"
	"preadmit.dev/engines/admission/internal/write"
)

type loadRequest struct {
	Kubernetes                string            `json:"kubernetes"`
	CustomResourceDefinitions []json.RawMessage `json:"customResourceDefinitions"`
	Namespaces                []json.RawMessage `json:"namespaces"`
	Policies                  []json.RawMessage `json:"policies"`
	Bindings                  []json.RawMessage `json:"bindings"`
	Parameters                []json.RawMessage `json:"parameters"`
	User                      *cluster.User     `json:"user"`
	Inspect                   bool              `json:"inspect"`
	// Room is how many bytes of memory to leave free for what comes after.
	Room int `json:"room"`
}

type problem struct {
	List    string `json:"list"`
	Index   int    `json:"index"`
	Field   string `json:"field,omitempty"`
	Message string `json:"message"`
}

type loadedPolicy struct {
	Name        string             `json:"name"`
	Validations int                `json:"validations"`
	Errors      []policy.Fault     `json:"errors"`
	Inspection  *policy.Inspection `json:"inspection,omitempty"`
}

type loadResult struct {
	Kubernetes      string         `json:"kubernetes"`
	CustomResources []string       `json:"customResources"`
	Problems        []problem      `json:"problems"`
	Policies        []loadedPolicy `json:"policies"`
}

// loading is one load; nothing of an earlier one stays.
type loading struct {
	cluster  *cluster.Cluster
	result   loadResult
	policies []*policy.Policy
	bindings []*policy.Binding
}

func (e *engine) load(c *abi.Call) (any, error) {
	var request loadRequest
	if err := c.Decode(&request); err != nil {
		return nil, err
	}
	for _, list := range [][]json.RawMessage{
		request.CustomResourceDefinitions, request.Namespaces, request.Policies, request.Bindings, request.Parameters,
	} {
		if err := givenList(c, list); err != nil {
			return nil, err
		}
	}
	if err := release.Emulate(request.Kubernetes); err != nil {
		return nil, abi.Errorf(abi.BadRequest, "%v", err)
	}
	evaluator, err := podsecurity.NewEvaluator(release.Current())
	if err != nil {
		return nil, err
	}
	l := &loading{cluster: cluster.New(), result: loadResult{
		Kubernetes:      release.Name(release.Current()),
		CustomResources: []string{}, Problems: []problem{}, Policies: []loadedPolicy{},
	}}
	if request.User != nil {
		l.cluster.User = request.User.Info()
	}
	l.definitions(request.CustomResourceDefinitions)
	l.namespaces(request.Namespaces)
	kinds.Namespaces.Replace(l.cluster.Namespaces)
	l.loadPolicies(request.Policies, request.Inspect)
	l.loadBindings(request.Bindings)
	parameters, secrets := l.parameters(request.Parameters)
	e.cluster, e.podSecurity = l.cluster, evaluator
	e.policies = policy.NewSet(l.policies, l.bindings, parameters, secrets)
	leaveRoom(request.Room)
	return l.result, nil
}

// maxRoom is far below the memory that an engine may have (1 GiB, engines/build).
const maxRoom = 128 << 20

// leaveRoom makes the state from which every batch starts one with free memory and without garbage. A host that rewinds
// takes grown memory back, and growing it again costs V8 more than a batch of evaluations.
func leaveRoom(bytes int) {
	if bytes <= 0 {
		return
	}
	block := make([]byte, min(bytes, maxRoom))
	runtime.KeepAlive(&block[0])
	block = nil
	runtime.GC()
}

func (l *loading) problem(list string, index int, field, format string, values ...any) {
	l.result.Problems = append(l.result.Problems, problem{list, index, field, fmt.Sprintf(format, values...)})
}

func (l *loading) definitions(list []json.RawMessage) {
	for i, raw := range list {
		kind, err := l.cluster.AddDefinition(raw)
		if err != nil {
			l.problem("customResourceDefinitions", i, "", "%v", err)
			continue
		}
		name := kind.Group + "/" + kind.Kind
		if !slices.Contains(l.result.CustomResources, name) {
			l.result.CustomResources = append(l.result.CustomResources, name)
		}
	}
	slices.Sort(l.result.CustomResources)
}

func (l *loading) namespaces(list []json.RawMessage) {
	for i, raw := range list {
		if namespace, ok := decoded[*corev1.Namespace](l, "namespaces", i, raw); ok {
			l.cluster.Namespaces[namespace.Name] = namespace
		}
	}
}

func (l *loading) loadPolicies(list []json.RawMessage, inspect bool) {
	for i, raw := range list {
		definition, ok := decoded[*admissionv1.ValidatingAdmissionPolicy](l, "policies", i, raw)
		if !ok {
			continue
		}
		compiled, err := policy.Compile(definition, release.Current())
		if err != nil {
			l.problem("policies", i, "", "%v", err)
			continue
		}
		l.policies = append(l.policies, compiled)
		loaded := loadedPolicy{
			Name: definition.Name, Validations: len(definition.Spec.Validations), Errors: compiled.Faults(),
		}
		if inspect {
			loaded.Inspection = compiled.Inspect(l.cluster)
		}
		l.result.Policies = append(l.result.Policies, loaded)
	}
}

func (l *loading) loadBindings(list []json.RawMessage) {
	for i, raw := range list {
		if binding, ok := decoded[*admissionv1.ValidatingAdmissionPolicyBinding](l, "bindings", i, raw); ok {
			l.bindings = append(l.bindings, binding)
		}
	}
}

// parameters that cannot be read are no parameters; the write that brings them says why.
func (l *loading) parameters(list []json.RawMessage) ([]*policy.Parameter, message.Secrets) {
	var parameters []*policy.Parameter
	var secrets message.Secrets
	for _, raw := range list {
		if parameter, err := policy.NewParameter(l.cluster, raw, &secrets); err == nil {
			parameters = append(parameters, parameter)
		}
	}
	return parameters, secrets
}

// decoded writes an object as a server would and answers it typed. What a server would refuse is a problem; the
// object is used nevertheless as long as it can be decoded, and its expressions fail as a stored one's would.
func decoded[T any](l *loading, list string, index int, raw json.RawMessage) (T, bool) {
	var none T
	result, err := write.Run(l.cluster, write.Request{Operation: write.Create, Object: raw})
	if err != nil {
		l.problem(list, index, "", "%v", err)
		return none, false
	}
	for _, finding := range result.Findings {
		if finding.Stage != write.Warning {
			l.problem(list, index, finding.Field, "%s", finding.Message)
		}
	}
	object, ok := result.New.(T)
	if !ok && len(result.Findings) == 0 {
		l.problem(list, index, "kind", "%s %s does not belong in this list", result.Kind.GroupVersion(), result.Kind.Kind)
	}
	return object, ok
}
