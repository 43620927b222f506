package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"preadmit.dev/engines/admission/internal/cluster"
	"preadmit.dev/engines/admission/internal/message"
	"preadmit.dev/engines/admission/internal/write"
)

// Parameter is an object to which bindings can refer.
type Parameter struct {
	kind            schema.GroupVersionKind
	namespace, name string
	labels          labels.Set
	object          runtime.Object
	// shown is the object as expressions see it.
	shown runtime.Object
	size  uint64
}

// largest is the length of its longest text, list or map.
func (p *Parameter) largest() uint64 {
	if p.size == 0 {
		p.size = largestOf(p.shown)
	}
	return p.size
}

// NewParameter decodes and defaults a parameter object as it would be stored.
func NewParameter(c *cluster.Cluster, raw json.RawMessage, secrets *message.Secrets) (*Parameter, error) {
	result, err := write.Run(c, write.Request{Operation: write.Create, Object: raw})
	if err != nil {
		return nil, err
	}
	accessor, err := meta.Accessor(result.New)
	if err != nil {
		return nil, err
	}
	secrets.Add(result.Secrets)
	p := &Parameter{
		kind: result.Kind, namespace: accessor.GetNamespace(), name: accessor.GetName(),
		labels: accessor.GetLabels(), object: result.New,
	}
	if p.shown, err = show(result.New); err != nil {
		return nil, err
	}
	if result.Mapping.Guessed {
		p.namespace = givenNamespace(raw)
	}
	return p, nil
}

func givenNamespace(raw json.RawMessage) string {
	var given metav1.PartialObjectMetadata
	_ = json.Unmarshal(raw, &given)
	return given.Namespace
}

// id is `namespace/name`, or the name of a cluster-scoped object.
func (p *Parameter) id() string {
	if p == nil {
		return ""
	}
	return strings.TrimPrefix(p.namespace+"/"+p.name, "/")
}

// errKindUnknown means that nobody here knows the kind of the parameters: a cluster may.
type errKindUnknown struct{ kind schema.GroupVersionKind }

func (e errKindUnknown) Error() string {
	return fmt.Sprintf("paramKind %s %s is neither built in nor a custom resource of the repository, and no parameter of that kind was given",
		e.kind.GroupVersion(), e.kind.Kind)
}

var withoutParameter = []*Parameter{nil}

// parametersFor answers the parameters with which a binding evaluates a policy for objects in a namespace: a single
// nil without parameters, none when the binding is skipped. Errors are errors of the configuration.
func (s *Set) parametersFor(c *cluster.Cluster, p *Policy, binding *binding, namespace string) ([]*Parameter, error) {
	if p.definition.Spec.ParamKind == nil || binding.Spec.ParamRef == nil {
		return withoutParameter, nil
	}
	known, ok := binding.found[namespace]
	if !ok {
		known.parameters, known.err = s.find(c, p, binding, namespace)
		binding.found[namespace] = known
	}
	return known.parameters, known.err
}

func (s *Set) find(c *cluster.Cluster, p *Policy, binding *binding, namespace string) ([]*Parameter, error) {
	paramKind, ref := p.definition.Spec.ParamKind, binding.Spec.ParamRef
	kind := schema.FromAPIVersionAndKind(paramKind.APIVersion, paramKind.Kind)
	candidates, namespaced, err := s.ofKind(c, kind)
	if err != nil {
		return nil, err
	}
	switch {
	case namespaced && ref.Namespace != "":
		namespace = ref.Namespace
	case namespaced && namespace == "":
		return nil, errors.New("cannot use namespaced paramRef in policy binding that matches cluster-scoped resources")
	case !namespaced && ref.Namespace != "":
		return nil, errors.New("paramRef.namespace must not be provided for a cluster-scoped `paramKind`")
	case !namespaced:
		namespace = ""
	}
	found, err := choose(candidates, ref, namespace)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 && ref.ParameterNotFoundAction != nil && *ref.ParameterNotFoundAction == admissionv1.DenyAction {
		return nil, errors.New("no params found for policy binding with `Deny` parameterNotFoundAction")
	}
	return found, nil
}

// ofKind answers the parameters of a kind, converted to its version, and whether the kind is namespaced.
func (s *Set) ofKind(c *cluster.Cluster, kind schema.GroupVersionKind) ([]*Parameter, bool, error) {
	var found []*Parameter
	namespaced := false
	for _, p := range s.parameters {
		if p.kind.GroupKind() != kind.GroupKind() {
			continue
		}
		object, err := convert(c, p.object, p.kind, kind)
		if err != nil {
			return nil, false, err
		}
		converted := *p
		if object != p.object {
			converted.kind, converted.object = kind, object
			if converted.shown, err = show(object); err != nil {
				return nil, false, err
			}
		}
		found = append(found, &converted)
		namespaced = namespaced || p.namespace != ""
	}
	mapping := c.Map(kind)
	if !mapping.Guessed {
		return found, mapping.Namespaced, nil
	}
	if len(found) == 0 {
		return nil, false, errKindUnknown{kind}
	}
	return found, namespaced, nil
}

func choose(candidates []*Parameter, ref *admissionv1.ParamRef, namespace string) ([]*Parameter, error) {
	var wanted func(*Parameter) bool
	switch {
	case ref.Name != "" && ref.Selector != nil:
		return nil, errors.New("paramRef.name and paramRef.selector are mutually exclusive")
	case ref.Name != "":
		wanted = func(p *Parameter) bool { return p.name == ref.Name }
	case ref.Selector != nil:
		selector, err := metav1.LabelSelectorAsSelector(ref.Selector)
		if err != nil {
			return nil, err
		}
		wanted = func(p *Parameter) bool { return selector.Matches(p.labels) }
	default:
		return nil, errors.New("one of name or selector must be provided")
	}
	var found []*Parameter
	for _, p := range candidates {
		if p.namespace == namespace && wanted(p) {
			found = append(found, p)
		}
	}
	// A server answers in no order that one could rely on.
	slices.SortFunc(found, func(a, b *Parameter) int { return strings.Compare(a.id(), b.id()) })
	return found, nil
}

// shown is a parameter that is converted once: upstream converts it anew for every evaluation (wrappedParam of
// apiserver/pkg/admission/plugin/policy/validating, and the JSON of custom resources).
type shown struct {
	runtime.Object
	content map[string]any
}

func show(object runtime.Object) (runtime.Object, error) {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	return &shown{object, content}, err
}

// MarshalJSON makes CEL ask ToUnstructured.
func (s *shown) MarshalJSON() ([]byte, error) { return json.Marshal(s.content) }

// ToUnstructured is what CEL sees.
func (s *shown) ToUnstructured() any { return s.content }
