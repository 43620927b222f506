// Package cluster is what the host says about the cluster before any write: its minor, custom resources, namespaces
// and who writes.
package cluster

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/authentication/serviceaccount"
	"k8s.io/apiserver/pkg/authentication/user"
	"preadmit.dev/engines/admission/internal/kinds"
	"preadmit.dev/engines/admission/internal/release"
)

// Cluster is filled by a load and read by every write.
type Cluster struct {
	Namespaces map[string]*corev1.Namespace
	Custom     map[schema.GroupVersionKind]*CustomResource
	User       user.Info
}

// New is an empty cluster of the current minor.
func New() *Cluster {
	return &Cluster{
		Namespaces: map[string]*corev1.Namespace{},
		Custom:     map[schema.GroupVersionKind]*CustomResource{},
		User:       User{}.Info(),
	}
}

// User is who writes, as src/engine/api.ts describes it.
type User struct {
	Name   string              `json:"name"`
	Groups []string            `json:"groups"`
	UID    string              `json:"uid"`
	Extra  map[string][]string `json:"extra"`
}

// Info completes the groups that an API server adds to every authenticated user.
func (u User) Info() user.Info {
	name, groups := u.Name, slices.Clone(u.Groups)
	if name == "" {
		name = unnamed
	}
	if namespace, _, err := serviceaccount.SplitUsername(name); err == nil {
		groups = append(groups, serviceaccount.MakeGroupNames(namespace)...)
	}
	groups = append(groups, user.AllAuthenticated)
	slices.Sort(groups)
	return &user.DefaultInfo{Name: name, Groups: slices.Compact(groups), UID: u.UID, Extra: u.Extra}
}

// unnamed is who writes when the host names nobody: a service account that no policy can know.
const unnamed = "system:serviceaccount:gitops:controller"

// Namespace answers a namespace for selectors and CEL. When the host did not load it only the name and the label that
// every namespace carries are known, and known is false.
func (c *Cluster) Namespace(name string) (namespace *corev1.Namespace, known bool) {
	if found, ok := c.Namespaces[name]; ok {
		return found, true
	}
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		Name: name, Labels: map[string]string{corev1.LabelMetadataName: name},
	}}, false
}

// Mapping is how a kind is addressed in the API.
type Mapping struct {
	Resource   schema.GroupVersionResource
	Namespaced bool
	// Guessed is true for kinds that are neither built in nor a loaded custom resource.
	Guessed bool
}

// clusterScoped holds kinds of API servers that every cluster extends itself with and that are not among the built-in
// ones.
var clusterScoped = map[schema.GroupKind]bool{
	{Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition"}: true,
}

// Map answers the resource and the scope of a kind: the built-in table, loaded custom resources, a guess.
func (c *Cluster) Map(kind schema.GroupVersionKind) Mapping {
	if builtin, ok := kinds.Builtin(kind.GroupKind()); ok {
		return Mapping{
			Resource:   kind.GroupVersion().WithResource(builtin.Resource),
			Namespaced: builtin.Strategy.NamespaceScoped(),
		}
	}
	if custom := c.anyVersion(kind); custom != nil {
		return Mapping{Resource: kind.GroupVersion().WithResource(custom.Plural), Namespaced: custom.Namespaced}
	}
	plural, _ := meta.UnsafeGuessKindToResource(kind)
	known := clusterScoped[kind.GroupKind()]
	return Mapping{Resource: plural, Namespaced: !known, Guessed: !known}
}

func (c *Cluster) anyVersion(kind schema.GroupVersionKind) *CustomResource {
	if custom, ok := c.Custom[kind]; ok {
		return custom
	}
	for other, custom := range c.Custom {
		if other.GroupKind() == kind.GroupKind() {
			return custom
		}
	}
	return nil
}

// Equivalents answers the other served versions under which a kind can be asked for, in the order of their names:
// what an API server's registry of equivalent resources knows.
func (c *Cluster) Equivalents(kind schema.GroupVersionKind) []schema.GroupVersionKind {
	var all []schema.GroupVersionKind
	if _, ok := kinds.Builtin(kind.GroupKind()); ok {
		all = kinds.Served(kind, release.Current())
	} else {
		for other := range c.Custom {
			if other.GroupKind() == kind.GroupKind() {
				all = append(all, other)
			}
		}
	}
	all = slices.DeleteFunc(all, func(other schema.GroupVersionKind) bool { return other == kind })
	slices.SortFunc(all, func(a, b schema.GroupVersionKind) int { return strings.Compare(a.String(), b.String()) })
	return all
}
