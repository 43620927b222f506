package policy

import (
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/admission"
	"preadmit.dev/engines/admission/internal/cluster"
	"preadmit.dev/engines/admission/internal/kinds"
	"preadmit.dev/engines/admission/internal/write"
)

// subject is one write as policies see it.
type subject struct {
	cluster     *cluster.Cluster
	result      *write.Result
	attributes  admission.Attributes
	class       writeClass
	isNamespace bool
	// namespace is nil for cluster-scoped objects and Namespaces; namespaceKnown is false when only its name is known.
	namespace      *corev1.Namespace
	namespaceKnown bool
	versions       map[schema.GroupVersionKind]*admission.VersionedAttributes
	// seen is what the last policy saw; sizes are those of the objects in each version.
	seen  *seen
	sizes map[schema.GroupVersionKind]uint64
}

func newSubject(c *cluster.Cluster, operation string, r *write.Result, given Given) (*subject, error) {
	s := &subject{
		cluster: c, result: r, namespaceKnown: true,
		isNamespace: r.Kind == corev1.SchemeGroupVersion.WithKind("Namespace"),
		versions:    map[schema.GroupVersionKind]*admission.VersionedAttributes{},
		sizes:       map[schema.GroupVersionKind]uint64{},
	}
	namespace := r.Namespace
	if s.isNamespace {
		// Requests for a namespace are requests in it.
		namespace = r.Name
	} else if namespace != "" {
		s.namespace, s.namespaceKnown = c.Namespace(namespace)
		if len(given.NamespaceObject) > 0 {
			own, err := given.namespace(c)
			if err != nil {
				return nil, err
			}
			s.namespace, s.namespaceKnown = own, true
		}
	}
	who := c.User
	if given.User != nil {
		who = given.User.Info()
	}
	s.attributes = admission.NewAttributesRecord(
		r.New, r.Old, r.Kind, namespace, nameOf(r), r.Mapping.Resource, "",
		admission.Operation(operation), options(operation), false, who)
	s.class = writeClass{r.Kind, admission.Operation(operation), namespace != ""}
	return s, nil
}

// nameOf answers a generated name too: validating plugins are asked after a server drew it (AdmissionToValidateObjectFunc
// in apiserver/pkg/registry/rest).
func nameOf(r *write.Result) string {
	if r.Name == "" && r.New != nil {
		if accessor, err := meta.Accessor(r.New); err == nil {
			return accessor.GetName()
		}
	}
	return r.Name
}

func options(operation string) runtime.Object {
	kind := func(name string) metav1.TypeMeta {
		return metav1.TypeMeta{APIVersion: metav1.SchemeGroupVersion.String(), Kind: name}
	}
	switch operation {
	case write.Create:
		return &metav1.CreateOptions{TypeMeta: kind("CreateOptions")}
	case write.Update:
		return &metav1.UpdateOptions{TypeMeta: kind("UpdateOptions")}
	}
	return &metav1.DeleteOptions{TypeMeta: kind("DeleteOptions")}
}

// errConversion means that a program in the cluster would have to convert the object.
var errConversion = errors.New("versions of this kind are converted by a webhook in the cluster")

// as shows the objects of the write in the version that a policy matched.
func (s *subject) as(kind schema.GroupVersionKind) (*admission.VersionedAttributes, error) {
	if known, ok := s.versions[kind]; ok {
		return known, nil
	}
	attributes := &admission.VersionedAttributes{Attributes: s.attributes, VersionedKind: kind}
	if s.result.New != nil {
		object, err := convert(s.cluster, s.result.New, s.result.Kind, kind)
		if err != nil {
			return nil, err
		}
		if object, err = unstructuredOf(object); err != nil {
			return nil, err
		}
		attributes.VersionedObject.Set(object)
	}
	if s.result.Old != nil {
		object, err := convert(s.cluster, s.result.Old, s.result.Kind, kind)
		if err != nil {
			return nil, err
		}
		if object, err = unstructuredOf(object); err != nil {
			return nil, err
		}
		attributes.VersionedOldObject.Set(object)
	}
	s.versions[kind] = attributes
	return attributes, nil
}

// unstructuredOf is what servers before 1.37 show to CEL. 1.37 reads the Go value by reflection, to the same effect, which
// copies every struct on its way: worth it for the one policy of a write, not for a hundred.
func unstructuredOf(object runtime.Object) (runtime.Object, error) {
	if _, ok := object.(*unstructured.Unstructured); ok {
		return object, nil
	}
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	return &unstructured.Unstructured{Object: content}, err
}

func convert(c *cluster.Cluster, object runtime.Object, from, to schema.GroupVersionKind) (runtime.Object, error) {
	if from == to {
		return object, nil
	}
	if dynamic, ok := object.(*unstructured.Unstructured); ok {
		if custom := c.Custom[to]; custom == nil || custom.Webhook {
			return nil, errConversion
		}
		other := dynamic.DeepCopy()
		other.SetGroupVersionKind(to)
		return other, nil
	}
	converted, err := kinds.Reversioned(object, to.GroupVersion())
	if err != nil {
		return nil, fmt.Errorf("failed to convert object version: %w", err)
	}
	return converted, nil
}
