package policy

import (
	"reflect"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apiserver/pkg/cel/openapi/resolver"
	"k8s.io/kube-openapi/pkg/validation/spec"
	"preadmit.dev/engines/admission/internal/cluster"
	"preadmit.dev/engines/admission/internal/kinds"
	"preadmit.dev/engines/admission/internal/release"
)

// schemas answers for the kinds of a cluster what upstream's type checker asks an API server for. Custom resources have
// their schemas; those of built-in kinds are read off their Go types, since the published ones would be a sixth of the
// module. They are the newest minor's, and a field that every value fits (quantities, ports, raw JSON) has no type.
type schemas struct {
	meta.RESTMapper
	cluster *cluster.Cluster
}

// KindsFor answers the kind of a resource that is served.
func (s schemas) KindsFor(asked schema.GroupVersionResource) ([]schema.GroupVersionKind, error) {
	if kind, ok := kinds.OfResource(asked.GroupResource()); ok {
		versioned := kind.WithVersion(asked.Version)
		if kinds.NotServed(versioned, release.Current()) == "" {
			return []schema.GroupVersionKind{versioned}, nil
		}
	}
	if asked.GroupResource() == definitionResource && asked.Version == cluster.DefinitionKind.Version {
		return []schema.GroupVersionKind{cluster.DefinitionKind}, nil
	}
	for kind, custom := range s.cluster.Custom {
		if kind.Group == asked.Group && kind.Version == asked.Version && custom.Plural == asked.Resource {
			return []schema.GroupVersionKind{kind}, nil
		}
	}
	return nil, &meta.NoResourceMatchError{PartialResource: asked}
}

var definitionResource = schema.GroupResource{Group: cluster.DefinitionKind.Group, Resource: "customresourcedefinitions"}

// ResolveSchema answers the schema of a kind.
func (s schemas) ResolveSchema(kind schema.GroupVersionKind) (*spec.Schema, error) {
	if custom, ok := s.cluster.Custom[kind]; ok {
		return withMetadata(custom.Schema.ToKubeOpenAPI()), nil
	}
	object, err := kinds.NewObject(kind)
	if err != nil {
		return nil, resolver.ErrSchemaNotFound
	}
	root := schemaOf(reflect.TypeOf(object), nil)
	return &root, nil
}

// withMetadata completes the metadata that definitions leave out.
func withMetadata(root *spec.Schema) *spec.Schema {
	if root.Properties == nil {
		root.Properties = map[string]spec.Schema{}
	}
	root.Properties["metadata"] = schemaOf(reflect.TypeFor[metav1.ObjectMeta](), nil)
	root.Properties["apiVersion"], root.Properties["kind"] = *spec.StringProperty(), *spec.StringProperty()
	return root
}

var (
	timeTypes = map[reflect.Type]bool{reflect.TypeFor[metav1.Time](): true, reflect.TypeFor[metav1.MicroTime](): true}
	anyTypes  = map[reflect.Type]bool{reflect.TypeFor[intstr.IntOrString](): true, reflect.TypeFor[resource.Quantity](): true}
)

// anything becomes a value of the type dyn.
func anything() spec.Schema {
	var s spec.Schema
	s.AddExtension("x-kubernetes-int-or-string", true)
	return s
}

func typed(name, format string) spec.Schema {
	return spec.Schema{SchemaProps: spec.SchemaProps{Type: []string{name}, Format: format}}
}

// schemaOf reads a schema off a Go type as its JSON is; within are the types around it.
func schemaOf(t reflect.Type, within []reflect.Type) spec.Schema {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case timeTypes[t]:
		return typed("string", "date-time")
	case anyTypes[t]:
		return anything()
	}
	switch t.Kind() {
	case reflect.String:
		return typed("string", "")
	case reflect.Bool:
		return typed("boolean", "")
	case reflect.Int, reflect.Int32, reflect.Int64:
		return typed("integer", "")
	case reflect.Float32, reflect.Float64:
		return typed("number", "")
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			// As it is in JSON; expressions see a string.
			return typed("string", "")
		}
		items := schemaOf(t.Elem(), within)
		list := typed("array", "")
		list.Items = &spec.SchemaOrArray{Schema: &items}
		return list
	case reflect.Map:
		values := schemaOf(t.Elem(), within)
		object := typed("object", "")
		object.AdditionalProperties = &spec.SchemaOrBool{Allows: true, Schema: &values}
		return object
	case reflect.Struct:
		return structSchema(t, within)
	}
	return anything()
}

func structSchema(t reflect.Type, within []reflect.Type) spec.Schema {
	for _, around := range within {
		if around == t {
			return anything()
		}
	}
	if t.Implements(marshaler) || reflect.PointerTo(t).Implements(marshaler) {
		return anything()
	}
	object := typed("object", "")
	object.Properties = map[string]spec.Schema{}
	addFields(&object, t, append(within[:len(within):len(within)], t))
	return object
}

var marshaler = reflect.TypeFor[interface{ MarshalJSON() ([]byte, error) }]()

func addFields(object *spec.Schema, t reflect.Type, within []reflect.Type) {
	for i := range t.NumField() {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case name == "-" || !field.IsExported():
		case name == "" && field.Anonymous:
			addFields(object, field.Type, within)
		case name != "":
			object.Properties[name] = schemaOf(field.Type, within)
			if !strings.Contains(options, "omitempty") {
				object.Required = append(object.Required, name)
			}
		}
	}
}
