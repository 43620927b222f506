package policy

import (
	"cmp"
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"preadmit.dev/engines/admission/internal/cluster"
	"preadmit.dev/engines/admission/internal/message"
	"preadmit.dev/engines/admission/internal/write"
)

// Set is what a load brought.
type Set struct {
	policies   []*Policy
	parameters []*Parameter
	// secrets are values of Secrets among the parameters.
	secrets message.Secrets
	// candidates are the policies that can take writes of a class, so that a policy costs nothing for other kinds.
	candidates map[writeClass][]candidate
}

// NewSet orders policies and bindings by name, so that answers do not depend on the order of files.
func NewSet(policies []*Policy, bindings []*Binding, parameters []*Parameter, secrets message.Secrets) *Set {
	s := &Set{
		policies: policies, parameters: parameters, secrets: secrets, candidates: map[writeClass][]candidate{},
	}
	slices.SortStableFunc(s.policies, func(a, b *Policy) int { return cmp.Compare(a.Name(), b.Name()) })
	bindings = slices.Clone(bindings)
	slices.SortStableFunc(bindings, func(a, b *Binding) int { return cmp.Compare(a.Name, b.Name) })
	bound := map[string][]*binding{}
	for _, b := range bindings {
		bound[b.Spec.PolicyName] = append(bound[b.Spec.PolicyName], newBinding(b))
	}
	for i, p := range policies {
		p.position, p.bindings = i, bound[p.Name()]
	}
	return s
}

// Names of the policies, in order.
func (s *Set) Names() []string {
	names := make([]string, len(s.policies))
	for i, p := range s.policies {
		names[i] = p.Name()
	}
	return names
}

// exempt resources configure admission itself: policies of the API do not apply to them, so that no policy can lock
// an administrator out (admissionResources of apiserver/pkg/admission/plugin/policy/generic).
var exempt = map[schema.GroupResource]bool{
	{Group: admissionv1.GroupName, Resource: "validatingadmissionpolicies"}:       true,
	{Group: admissionv1.GroupName, Resource: "validatingadmissionpolicybindings"}: true,
	{Group: admissionv1.GroupName, Resource: "mutatingadmissionpolicies"}:         true,
	{Group: admissionv1.GroupName, Resource: "mutatingadmissionpolicybindings"}:   true,
}

// Answer is what the policies say of one write.
type Answer struct {
	Evaluations []Evaluation
	Annotations []Annotation
	// Matched are the positions, among the set's Names, of the policies that took the write.
	Matched []int
}

// Evaluate runs every policy on a write. Errors are the request's.
func (s *Set) Evaluate(c *cluster.Cluster, operation string, result *write.Result, given Given) (Answer, error) {
	var answer Answer
	if exempt[result.Mapping.Resource.GroupResource()] {
		return answer, nil
	}
	on, err := newSubject(c, operation, result, given)
	if err != nil {
		return answer, err
	}
	direct, secrets, err := direct(c, given)
	if err != nil {
		return answer, err
	}
	candidates := s.of(on)
	answer.Matched = make([]int, 0, len(candidates))
	for i := range candidates {
		p := candidates[i].policy
		if len(given.Policies) > 0 && !slices.Contains(given.Policies, p.Name()) {
			continue
		}
		e := evaluation{set: s, policy: p, subject: on, taken: candidates[i].taken}
		e.run(direct)
		if e.matched {
			answer.Matched = append(answer.Matched, p.position)
		}
		answer.Evaluations = append(answer.Evaluations, e.out...)
		answer.Annotations = append(answer.Annotations, e.annotations...)
	}
	hide := func(text string) string { return result.Secrets.Hide(s.secrets.Hide(secrets.Hide(text))) }
	for i := range answer.Evaluations {
		text := &answer.Evaluations[i].Message
		*text = cut(message.Shorten(hide(*text)))
		answer.Evaluations[i].Expression = cut(answer.Evaluations[i].Expression)
	}
	for i := range answer.Annotations {
		text := &answer.Annotations[i].Value
		*text = hide(*text)
	}
	return answer, nil
}

// longest is how much of a sentence or an expression is told: the bytes that a server takes of a messageExpression. Its
// own limit for a message that a policy holds is that of the whole policy.
const longest = celconfig.MaxEvaluatedMessageExpressionSizeBytes

func cut(text string) string {
	if len(text) <= longest {
		return text
	}
	return strings.ToValidUTF8(text[:longest], "") + " …"
}

// candidate is a policy that can take writes of a class, and what its rules answer for all of them; taken is not ok
// where they depend on an object's name.
type candidate struct {
	policy *Policy
	taken  taken
}

// of answers the policies that can take a write. What depends on more than its class is asked later.
func (s *Set) of(on *subject) []candidate {
	found, ok := s.candidates[on.class]
	if !ok {
		for _, p := range s.policies {
			if p.constraints == nil || p.constraints.named {
				found = append(found, candidate{policy: p})
			} else if taken := p.constraints.take(on); taken.ok {
				found = append(found, candidate{p, taken})
			}
		}
		s.candidates[on.class] = found
	}
	return found
}
