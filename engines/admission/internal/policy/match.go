package policy

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
)

// matching is whether matchConstraints or matchResources take a write.
type matching struct {
	verdict verdict
	// taken is the version in which the object is shown to the expressions; another one with matchPolicy Equivalent.
	taken taken
	// why it is unknown
	why string
}

type verdict int

const (
	no verdict = iota
	unknown
	yes
)

// match answers, of a write that the rules take, what upstream's Matcher (apiserver/pkg/admission/plugin/policy/matching) does. It asks in another order,
// the cheap questions first, and answers the same: every part must hold, and a selector that cannot be parsed is an
// error only for writes that the rest takes.
func (s *subject) match(c *criteria, taken taken) (matching, error) {
	if !taken.ok {
		return matching{}, nil
	}
	inNamespace := s.matchNamespace(c)
	if inNamespace == no && c.namespacesErr == nil {
		return matching{}, nil
	}
	if c.objectsErr == nil && !s.matchObject(c.objects) {
		return matching{}, nil
	}
	// A cluster-scoped object is never exempted by namespaces, not even by a broken selector.
	if inNamespace != yes && c.namespacesErr != nil {
		return matching{}, c.namespacesErr
	}
	if c.objectsErr != nil {
		return matching{}, c.objectsErr
	}
	m := matching{verdict: inNamespace, taken: taken}
	if inNamespace == unknown {
		m.why = fmt.Sprintf("the labels of namespace %q are not known: the repository does not hold it", s.attributes.GetNamespace())
	}
	return m, nil
}

// matchNamespace: cluster-scoped objects are never exempted, a Namespace is matched by its own labels.
func (s *subject) matchNamespace(c *criteria) verdict {
	switch {
	case s.attributes.GetNamespace() == "" && !s.isNamespace:
		return yes
	case c.namespacesErr != nil:
		return no
	case c.namespaces.Empty():
		return yes
	case s.isNamespace:
		own := s.attributes.GetObject()
		if own == nil {
			// The namespace that is deleted: its own labels are the old object's.
			own = s.attributes.GetOldObject()
		}
		return decide(matchesLabels(own, c.namespaces))
	case s.namespaceKnown:
		return decide(c.namespaces.Matches(labels.Set(s.namespace.Labels)))
	}
	return matchesName(c.namespaces, s.namespace)
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

func (s *subject) matchObject(selector labels.Selector) bool {
	return selector.Empty() ||
		matchesLabels(s.attributes.GetObject(), selector) || matchesLabels(s.attributes.GetOldObject(), selector)
}

func matchesLabels(object runtime.Object, selector labels.Selector) bool {
	if object == nil {
		return false
	}
	accessor, err := meta.Accessor(object)
	return err == nil && selector.Matches(labels.Set(accessor.GetLabels()))
}
