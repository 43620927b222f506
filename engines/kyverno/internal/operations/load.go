package operations

import (
	"encoding/json"
	"fmt"
	"strings"

	policiesv1beta1 "github.com/kyverno/api/api/policies.kyverno.io/v1beta1"
	kyvernov2 "github.com/kyverno/kyverno/api/kyverno/v2"
	"github.com/kyverno/kyverno/pkg/cel/libs"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"preadmit.dev/engines/abi"
	"preadmit.dev/engines/kyverno/internal/policy"
	"preadmit.dev/engines/kyverno/internal/repository"
	"preadmit.dev/engines/kyverno/internal/rule"
	kjson "sigs.k8s.io/json"
)

type loadRequest struct {
	Policies   []json.RawMessage `json:"policies,omitempty"`
	Exceptions []json.RawMessage `json:"exceptions,omitempty"`
	Namespaces []json.RawMessage `json:"namespaces,omitempty"`
	// Resources answer resource.Get and resource.List.
	Resources []json.RawMessage `json:"resources,omitempty"`
	Kinds     []repository.Kind `json:"kinds,omitempty"`
	User      *struct {
		Name         string   `json:"name"`
		Groups       []string `json:"groups,omitempty"`
		Roles        []string `json:"roles,omitempty"`
		ClusterRoles []string `json:"clusterRoles,omitempty"`
	} `json:"user,omitempty"`
	Complete bool             `json:"complete,omitempty"`
	Mocks    repository.Mocks `json:"mocks"`
}

type loaded struct {
	// Problem says why the policy cannot be evaluated at all.
	Problem string             `json:"problem,omitempty"`
	Rules   []rule.Description `json:"rules,omitempty"`
	// Unknown names the fields that the kind does not have; an API server drops them.
	Unknown []string `json:"unknown,omitempty"`
}

func (e *engine) load(c *abi.Call) (any, error) {
	var request loadRequest
	if err := c.Decode(&request); err != nil {
		return nil, err
	}
	*e = engine{
		kinds: repository.NewKinds(request.Kinds), complete: request.Complete,
		namespaces: map[string]*corev1.Namespace{},
	}
	if user := request.User; user != nil {
		e.info = kyvernov2.RequestInfo{
			AdmissionUserInfo: authenticationv1.UserInfo{Username: user.Name, Groups: user.Groups},
			Roles:             user.Roles, ClusterRoles: user.ClusterRoles,
		}
	}
	for _, raw := range request.Namespaces {
		namespace := &corev1.Namespace{}
		// A namespace that cannot be read is one that is not known.
		if json.Unmarshal(raw, namespace) == nil {
			e.namespaces[namespace.Name] = namespace
		}
	}
	var resources []*unstructured.Unstructured
	for _, raw := range request.Resources {
		resource := &unstructured.Unstructured{}
		if resource.UnmarshalJSON(raw) == nil {
			resources = append(resources, resource)
		}
	}
	// Upstream's compilers take the libraries' context from this variable.
	libs.LibraryContext = repository.NewContext(e.kinds, resources, request.Mocks, request.Complete)
	return e.compile(request)
}

func (e *engine) compile(request loadRequest) (any, error) {
	answer := struct {
		Policies []loaded `json:"policies"`
		// Exceptions that cannot be read, by position.
		Exceptions map[int]string `json:"exceptions,omitempty"`
	}{Policies: []loaded{}, Exceptions: map[int]string{}}
	var exceptions []*policiesv1beta1.PolicyException
	var legacy []*kyvernov2.PolicyException
	for i, raw := range request.Exceptions {
		head := headOf(raw)
		var err error
		if head.isCEL() {
			exception := &policiesv1beta1.PolicyException{}
			if err = json.Unmarshal(raw, exception); err == nil {
				exceptions = append(exceptions, exception)
			}
		} else {
			exception := &kyvernov2.PolicyException{}
			if err = json.Unmarshal(raw, exception); err == nil {
				legacy = append(legacy, exception)
			}
		}
		if err != nil {
			answer.Exceptions[i] = err.Error()
		}
	}
	for _, raw := range request.Policies {
		one, compiled := compileOne(raw, exceptions, legacy)
		e.policies = append(e.policies, one)
		answer.Policies = append(answer.Policies, compiled)
	}
	return answer, nil
}

// compileOne never lets one policy take the others with it.
func compileOne(raw json.RawMessage, exceptions []*policiesv1beta1.PolicyException, legacy []*kyvernov2.PolicyException) (one evaluator, state loaded) {
	defer func() {
		if p := recover(); p != nil {
			one, state.Problem = nil, fmt.Sprintf("the compiler failed: %v", p)
		}
	}()
	head := headOf(raw)
	if head.isCEL() {
		compiled, err := policy.Compile(raw, head.Kind, exceptions)
		if err != nil {
			return nil, loaded{Problem: err.Error()}
		}
		return compiled, loaded{Unknown: unknownFields(raw, compiled.Empty())}
	}
	compiled, rules, err := rule.Compile(raw, head.Kind, legacy)
	if err != nil {
		return nil, loaded{Problem: err.Error(), Rules: rules}
	}
	return compiled, loaded{Rules: rules, Unknown: unknownFields(raw, compiled.Empty())}
}

// unknownFields decodes once more, strictly, as the API server does for kubectl.
func unknownFields(raw json.RawMessage, into any) (fields []string) {
	strict, err := kjson.UnmarshalStrict(raw, into, kjson.DisallowUnknownFields)
	if err != nil {
		return nil
	}
	for _, one := range strict {
		fields = append(fields, one.Error())
	}
	return fields
}

type head struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
}

func headOf(raw json.RawMessage) (h head) {
	// Of the wrong shape: the decoder of the kind says so.
	_ = json.Unmarshal(raw, &h)
	return h
}

func (h head) isCEL() bool { return strings.HasPrefix(h.APIVersion, "policies.kyverno.io/") }
