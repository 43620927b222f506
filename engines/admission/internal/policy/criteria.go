package policy

import (
	"slices"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/admission/plugin/webhook/predicates/rules"
)

// criteria are matchConstraints or matchResources, read once for all writes.
type criteria struct {
	resources                 *admissionv1.MatchResources
	namespaces, objects       labels.Selector
	namespacesErr, objectsErr error
	// named: a rule names objects, so that two writes of one kind can be answered differently.
	named bool
	// known are the answers of the rules that do not depend on the name of an object.
	known map[writeClass]taken
}

func newCriteria(resources *admissionv1.MatchResources) *criteria {
	if resources == nil {
		return nil
	}
	setDefaults(resources)
	c := &criteria{resources: resources, known: map[writeClass]taken{}}
	c.namespaces, c.namespacesErr = selectorOf(resources.NamespaceSelector)
	c.objects, c.objectsErr = selectorOf(resources.ObjectSelector)
	for _, list := range [][]admissionv1.NamedRuleWithOperations{resources.ResourceRules, resources.ExcludeResourceRules} {
		for _, rule := range list {
			c.named = c.named || len(rule.ResourceNames) > 0
		}
	}
	return c
}

// setDefaults writes what the API's defaults write: absent selectors select everything, versions are equivalent, a
// rule covers both scopes.
func setDefaults(match *admissionv1.MatchResources) {
	if match.MatchPolicy == nil {
		equivalent := admissionv1.Equivalent
		match.MatchPolicy = &equivalent
	}
	for _, list := range [][]admissionv1.NamedRuleWithOperations{match.ResourceRules, match.ExcludeResourceRules} {
		for i := range list {
			if list[i].Scope == nil {
				all := admissionv1.AllScopes
				list[i].Scope = &all
			}
		}
	}
}

// selectorOf reads an absent selector as the API's default does: everything.
func selectorOf(selector *metav1.LabelSelector) (labels.Selector, error) {
	if selector == nil {
		return labels.Everything(), nil
	}
	return metav1.LabelSelectorAsSelector(selector)
}

// writeClass is all of a write that rules without names look at.
type writeClass struct {
	kind       schema.GroupVersionKind
	operation  admission.Operation
	namespaced bool
}

// taken is the version under which rules take a write; ok is false when they do not, or exclude it.
type taken struct {
	kind     schema.GroupVersionKind
	resource schema.GroupVersionResource
	ok       bool
}

// take asks the rules, exclusions first. Without resource rules everything is taken.
func (c *criteria) take(s *subject) taken {
	if c.named {
		return c.ask(s)
	}
	answer, ok := c.known[s.class]
	if !ok {
		answer = c.ask(s)
		c.known[s.class] = answer
	}
	return answer
}

func (c *criteria) ask(s *subject) taken {
	if s.tryRules(c.resources.ExcludeResourceRules, c.resources.MatchPolicy).ok {
		return taken{}
	}
	if len(c.resources.ResourceRules) == 0 {
		return taken{s.result.Kind, s.result.Mapping.Resource, true}
	}
	return s.tryRules(c.resources.ResourceRules, c.resources.MatchPolicy)
}

// tryRules tries the write's own version first, then, with Equivalent, the other served ones.
func (s *subject) tryRules(list []admissionv1.NamedRuleWithOperations, policy *admissionv1.MatchPolicyType) taken {
	own := taken{s.result.Kind, s.result.Mapping.Resource, true}
	if slices.ContainsFunc(list, func(rule admissionv1.NamedRuleWithOperations) bool { return s.takes(rule, own.resource) }) {
		return own
	}
	if policy == nil || *policy == admissionv1.Exact {
		return taken{}
	}
	equivalents := s.cluster.Equivalents(s.result.Kind)
	for _, rule := range list {
		for _, kind := range equivalents {
			other := taken{kind, s.cluster.Map(kind).Resource, true}
			if s.takes(rule, other.resource) {
				return other
			}
		}
	}
	return taken{}
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
