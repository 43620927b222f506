// Package subject is one write as Kyverno's webhook is shown it.
package subject

import (
	"encoding/json"
	"fmt"

	kyvernov2 "github.com/kyverno/kyverno/api/kyverno/v2"
	"github.com/kyverno/kyverno/pkg/admissionpolicy"
	admissionv1 "k8s.io/api/admission/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/admission"
	"preadmit.dev/engines/kyverno/internal/repository"
)

// Write is what the host asks about: CREATE has no old object, DELETE no object.
type Write struct {
	Operation string          `json:"operation"`
	Object    json.RawMessage `json:"object,omitempty"`
	Old       json.RawMessage `json:"old,omitempty"`
	// Namespace is empty for cluster-scoped objects.
	Namespace string `json:"namespace"`
	// Parent and Subresource where the object is what is written to a subresource.
	Parent      *metav1.GroupVersionKind `json:"parent,omitempty"`
	Subresource string                   `json:"subresource,omitempty"`
}

// Subject is a write with everything that policies are told of it.
type Subject struct {
	Kind        schema.GroupVersionKind
	Subresource string
	Namespace   string
	// Object and Old have no content where the write has none.
	Object, Old unstructured.Unstructured
	Attributes  admission.Attributes
	Request     admissionv1.AdmissionRequest
	Info        kyvernov2.RequestInfo
	// NamespaceObject is nil where the host does not know the namespace.
	NamespaceObject *corev1.Namespace
}

// New decodes a write.
func New(write Write, kinds *repository.Kinds, namespaces map[string]*corev1.Namespace, info kyvernov2.RequestInfo) (*Subject, error) {
	s := &Subject{Namespace: write.Namespace, Subresource: write.Subresource, Info: info}
	for _, side := range []struct {
		raw  json.RawMessage
		into *unstructured.Unstructured
	}{{write.Object, &s.Object}, {write.Old, &s.Old}} {
		if len(side.raw) == 0 {
			continue
		}
		// As the webhook decodes it: whole numbers are int64.
		if err := side.into.UnmarshalJSON(side.raw); err != nil {
			return nil, fmt.Errorf("the object cannot be decoded: %w", err)
		}
		if s.Namespace != "" {
			side.into.SetNamespace(s.Namespace)
		}
	}
	shown := s.Shown()
	if shown.Object == nil {
		return nil, fmt.Errorf("%s needs an object", write.Operation)
	}
	s.Kind = shown.GroupVersionKind()
	if write.Parent != nil {
		s.Kind = schema.GroupVersionKind(*write.Parent)
	}
	resource := kinds.Resource(s.Kind)
	s.NamespaceObject = namespaces[s.Namespace]
	s.request(write, resource, shown, info.AdmissionUserInfo)
	s.Attributes = admission.NewAttributesRecord(&s.Object, &s.Old, s.Kind, s.Namespace, shown.GetName(), resource,
		s.Subresource, admission.Operation(write.Operation), nil, false,
		admissionpolicy.NewUser(info.AdmissionUserInfo))
	return s, nil
}

func (s *Subject) request(write Write, resource schema.GroupVersionResource, shown unstructured.Unstructured, user authenticationv1.UserInfo) {
	dryRun := false
	kind, gvr := metav1.GroupVersionKind(s.Kind), metav1.GroupVersionResource(resource)
	s.Request = admissionv1.AdmissionRequest{
		Kind: kind, Resource: gvr, SubResource: s.Subresource,
		RequestKind: &kind, RequestResource: &gvr, RequestSubResource: s.Subresource,
		Name: shown.GetName(), Namespace: s.Namespace, Operation: admissionv1.Operation(write.Operation),
		UserInfo: user, DryRun: &dryRun,
	}
	if s.Object.Object != nil {
		s.Request.Object = runtime.RawExtension{Object: &s.Object}
	}
	if s.Old.Object != nil {
		s.Request.OldObject = runtime.RawExtension{Object: &s.Old}
	}
}

// Shown is the object of the write, or the old one of a deletion.
func (s *Subject) Shown() unstructured.Unstructured {
	if s.Object.Object == nil {
		return s.Old
	}
	return s.Object
}

// NamespaceLabels are nil where the host does not know the namespace.
func (s *Subject) NamespaceLabels() map[string]string {
	if s.NamespaceObject == nil {
		return nil
	}
	return s.NamespaceObject.Labels
}

// InUnknownNamespace: the labels of the namespace could decide and are not known.
func (s *Subject) InUnknownNamespace() bool { return s.Namespace != "" && s.NamespaceObject == nil }

// NamedNamespace is a namespace of which only the name is known, with the label that the API server gives each.
func (s *Subject) NamedNamespace() *corev1.Namespace {
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		Name: s.Namespace, Labels: map[string]string{corev1.LabelMetadataName: s.Namespace},
	}}
}

// UnknownNamespace is the reason of what cannot be decided for that.
func (s *Subject) UnknownNamespace() string {
	return fmt.Sprintf("the labels of namespace %q are not known: the repository does not hold it", s.Namespace)
}
