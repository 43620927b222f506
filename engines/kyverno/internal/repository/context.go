// Package repository answers what policies ask beyond the object, from the objects that the host gave. What only a
// cluster, a registry or the network knows is refused with a reason that the host can tell from a fault of the policy.
package repository

import (
	"fmt"

	"github.com/kyverno/kyverno/pkg/cel/libs"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Mocks are answers that a test suite gives for calls that would leave the repository.
type Mocks struct {
	Images        map[string]map[string]any `json:"images,omitempty"`
	GlobalContext map[string]any            `json:"globalContext,omitempty"`
	HTTP          map[string]any            `json:"http,omitempty"`
}

// Context is libs.Context over objects in memory.
type Context struct {
	kinds   *Kinds
	objects map[schema.GroupVersionResource][]*unstructured.Unstructured
	mocks   Mocks
	// complete: there is nothing but these objects, so that a missing one does not exist.
	complete bool
}

var _ libs.Context = (*Context)(nil)

// NewContext sorts objects by their resource.
func NewContext(kinds *Kinds, objects []*unstructured.Unstructured, mocks Mocks, complete bool) *Context {
	c := &Context{
		kinds: kinds, objects: map[schema.GroupVersionResource][]*unstructured.Unstructured{},
		mocks: mocks, complete: complete,
	}
	for _, object := range objects {
		resource := kinds.Resource(object.GroupVersionKind())
		c.objects[resource] = append(c.objects[resource], object)
	}
	return c
}

// GetResource finds one object. One that the repository does not hold may exist in the cluster.
func (c *Context) GetResource(apiVersion, resource, namespace, name string) (*unstructured.Unstructured, error) {
	gvr, err := parse(apiVersion, resource)
	if err != nil {
		return nil, err
	}
	for _, object := range c.objects[gvr] {
		if object.GetName() == name && object.GetNamespace() == namespace {
			return object.DeepCopy(), nil
		}
	}
	if c.complete {
		return nil, apierrors.NewNotFound(gvr.GroupResource(), name)
	}
	return nil, refuse("%s %q is not in the repository", gvr.GroupResource(), join(namespace, name))
}

// ListResources lists the repository's objects: what else the cluster holds is not seen.
func (c *Context) ListResources(apiVersion, resource, namespace string, selector map[string]string) (*unstructured.UnstructuredList, error) {
	gvr, err := parse(apiVersion, resource)
	if err != nil {
		return nil, err
	}
	objects, known := c.objects[gvr]
	if !known && !c.complete {
		return nil, refuse("the repository holds no %s", gvr.GroupResource())
	}
	list := &unstructured.UnstructuredList{Object: map[string]any{"apiVersion": apiVersion, "kind": "List"}}
	list.Items = []unstructured.Unstructured{}
	for _, object := range objects {
		if namespace != "" && object.GetNamespace() != namespace {
			continue
		}
		if labels.SelectorFromSet(selector).Matches(labels.Set(object.GetLabels())) {
			list.Items = append(list.Items, *object.DeepCopy())
		}
	}
	return list, nil
}

// ToGVR maps a kind by the same table as everything else.
func (c *Context) ToGVR(apiVersion, kind string) (*schema.GroupVersionResource, error) {
	group, err := schema.ParseGroupVersion(apiVersion)
	if err != nil {
		return nil, err
	}
	resource := c.kinds.Resource(group.WithKind(kind))
	return &resource, nil
}

// PostResource asks the cluster.
func (c *Context) PostResource(apiVersion, resource, _ string, _ map[string]any) (*unstructured.Unstructured, error) {
	return nil, refuse("resource.Post of %s %s asks the cluster", apiVersion, resource)
}

// GetGlobalReference asks the cluster, unless a test says what it holds.
func (c *Context) GetGlobalReference(name, projection string) (any, error) {
	data, ok := c.mocks.GlobalContext[name]
	if !ok {
		if c.complete {
			return nil, nil
		}
		return nil, refuse("globalContext %q is held by the cluster", name)
	}
	if projection == "" {
		return data, nil
	}
	projections, _ := data.(map[string]any)
	value, ok := projections[projection]
	if !ok {
		return nil, fmt.Errorf("projection %q not found in global context entry %q", projection, name)
	}
	return value, nil
}

// GetImageData asks a registry, unless a test says what it holds.
func (c *Context) GetImageData(image string, _ []any) (map[string]any, error) {
	data, ok := c.mocks.Images[image]
	if !ok {
		return nil, refuse("the data of image %q is held by its registry", image)
	}
	return data, nil
}

// GetHTTPMocks are the answers of a test; every other request is refused.
func (c *Context) GetHTTPMocks() map[string]interface{} { return c.mocks.HTTP }

// GenerateResources is for policies that generate.
func (c *Context) GenerateResources(string, []map[string]any) error {
	return refuse("objects are not generated")
}

// GetGeneratedResources is for policies that generate.
func (c *Context) GetGeneratedResources() []*unstructured.Unstructured { return nil }

// ClearGeneratedResources is for policies that generate.
func (c *Context) ClearGeneratedResources() {}

// SetGenerateContext is for policies that generate.
func (c *Context) SetGenerateContext(_, _, _, _, _, _, _, _ string, _, _ bool) {}

// Clone returns the same: nothing in it changes.
func (c *Context) Clone() libs.Context { return c }

func parse(apiVersion, resource string) (schema.GroupVersionResource, error) {
	group, err := schema.ParseGroupVersion(apiVersion)
	if err != nil {
		return schema.GroupVersionResource{}, err
	}
	return group.WithResource(resource), nil
}

func join(namespace, name string) string {
	if namespace == "" {
		return name
	}
	return namespace + "/" + name
}
