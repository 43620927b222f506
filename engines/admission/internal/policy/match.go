package policy

import (
	"fmt"
	"slices"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/admission/plugin/webhook/predicates/rules"
)

// matching is whether matchConstraints or matchResources take a write.
type matching struct {
	verdict verdict
	// kind under which the object is shown to the expressions; another version with matchPolicy Equivalent.
	kind     schema.GroupVersionKind
	resource schema.GroupVersionResource
	// why it is unknown
	why string
}

type verdict int

const (
	no verdict = iota
	unknown
	yes
)

// match decides in upstream's order: namespace selector, object selector, exclusions, rules. Selectors that cannot be
// parsed are an error only for writes that the rules take.
func (s *subject) match(resources *admissionv1.MatchResources) (matching, error) {
	inNamespace, err := s.matchNamespace(resources.NamespaceSelector)
	if err == nil && inNamespace == no {
		return matching{}, nil
	}
	selected, objectErr := s.matchObject(resources.ObjectSelector)
	if objectErr == nil && !selected {
		return matching{}, nil
	}
	if _, excluded := s.matchRules(resources.ExcludeResourceRules, resources.MatchPolicy); excluded {
		return matching{}, nil
	}
	m := matching{verdict: inNamespace, kind: s.result.Kind, resource: s.result.Mapping.Resource}
	if len(resources.ResourceRules) > 0 {
		taken, ok := s.matchRules(resources.ResourceRules, resources.MatchPolicy)
		if !ok {
			return matching{}, nil
		}
		m.kind, m.resource = taken.kind, taken.resource
	}
	if err != nil {
		return matching{}, err
	}
	if objectErr != nil {
		return matching{}, objectErr
	}
	if inNamespace == unknown {
		m.why = fmt.Sprintf("the labels of namespace %q are not known: the repository does not hold it", s.attributes.GetNamespace())
	}
	return m, nil
}

// matchNamespace: cluster-scoped objects are never exempted, a Namespace is matched by its own labels.
func (s *subject) matchNamespace(selector *metav1.LabelSelector) (verdict, error) {
	if s.attributes.GetNamespace() == "" && !s.isNamespace {
		return yes, nil
	}
	parsed, err := selectorOf(selector)
	if err != nil {
		return no, err
	}
	if parsed.Empty() {
		return yes, nil
	}
	own := s.attributes.GetObject()
	if s.isNamespace && own == nil {
		// The namespace that is deleted: its own labels are the old object's.
		own = s.attributes.GetOldObject()
	}
	if s.isNamespace {
		return decide(matchesLabels(own, parsed)), nil
	}
	namespace, known := s.cluster.Namespace(s.attributes.GetNamespace())
	if known {
		return decide(parsed.Matches(labels.Set(namespace.Labels))), nil
	}
	return matchesName(parsed, namespace), nil
}

func decide(matched bool) verdict {
	if matched {
		return yes
	}
	return no
}

// matchesName decides as far as the one label goes that every namespace carries.
func matchesName(selector labels.Selector, namespace *corev1.Namespace) verdict {
	requirements, _ := selector.Requirements()
	answer := yes
	for _, requirement := range requirements {
		switch {
		case requirement.Key() != corev1.LabelMetadataName:
			answer = unknown
		case !requirement.Matches(labels.Set(namespace.Labels)):
			return no
		}
	}
	return answer
}

func (s *subject) matchObject(selector *metav1.LabelSelector) (bool, error) {
	parsed, err := selectorOf(selector)
	if err != nil || parsed.Empty() {
		return err == nil, err
	}
	return matchesLabels(s.attributes.GetObject(), parsed) || matchesLabels(s.attributes.GetOldObject(), parsed), nil
}

func matchesLabels(object runtime.Object, selector labels.Selector) bool {
	if object == nil {
		return false
	}
	accessor, err := meta.Accessor(object)
	return err == nil && selector.Matches(labels.Set(accessor.GetLabels()))
}

// selectorOf reads an absent selector as the API's default does: everything.
func selectorOf(selector *metav1.LabelSelector) (labels.Selector, error) {
	if selector == nil {
		return labels.Everything(), nil
	}
	return metav1.LabelSelectorAsSelector(selector)
}

type taken struct {
	kind     schema.GroupVersionKind
	resource schema.GroupVersionResource
}

// matchRules tries the write's own version first, then, with Equivalent, the other served ones.
func (s *subject) matchRules(list []admissionv1.NamedRuleWithOperations, policy *admissionv1.MatchPolicyType) (taken, bool) {
	own := taken{s.result.Kind, s.result.Mapping.Resource}
	if slices.ContainsFunc(list, func(rule admissionv1.NamedRuleWithOperations) bool { return s.takes(rule, own.resource) }) {
		return own, true
	}
	if policy != nil && *policy == admissionv1.Exact {
		return taken{}, false
	}
	equivalents := s.cluster.Equivalents(s.result.Kind)
	for _, rule := range list {
		for _, kind := range equivalents {
			other := taken{kind, s.cluster.Map(kind).Resource}
			if s.takes(rule, other.resource) {
				return other, true
			}
		}
	}
	return taken{}, false
}

func (s *subject) takes(rule admissionv1.NamedRuleWithOperations, resource schema.GroupVersionResource) bool {
	matcher := rules.Matcher{Rule: rule.RuleWithOperations, Attr: attributesAs{s.attributes, resource}}
	if !matcher.Matches() {
		return false
	}
	return len(rule.ResourceNames) == 0 || slices.Contains(rule.ResourceNames, s.attributes.GetName())
}

// attributesAs shows a write under another version of its resource.
type attributesAs struct {
	admission.Attributes
	resource schema.GroupVersionResource
}

func (a attributesAs) GetResource() schema.GroupVersionResource { return a.resource }
