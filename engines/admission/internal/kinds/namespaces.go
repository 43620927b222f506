package kinds

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	client "k8s.io/client-go/kubernetes/typed/core/v1"
)

// NamespaceLookup answers the look-ups of strategies (resource claims with admin access read a label of their
// namespace) from the namespaces that the host loaded.
type NamespaceLookup struct {
	client.NamespaceInterface
	byName map[string]*corev1.Namespace
}

// Namespaces is the look-up that the strategies hold; they are made once, so it is filled per load.
var Namespaces = &NamespaceLookup{}

// Replace forgets what was loaded before.
func (n *NamespaceLookup) Replace(byName map[string]*corev1.Namespace) { n.byName = byName }

// Get answers a loaded namespace, or the error of a server that does not have it.
func (n *NamespaceLookup) Get(_ context.Context, name string, _ metav1.GetOptions) (*corev1.Namespace, error) {
	if found, ok := n.byName[name]; ok {
		return found, nil
	}
	return nil, errors.NewNotFound(corev1.Resource("namespaces"), name)
}
