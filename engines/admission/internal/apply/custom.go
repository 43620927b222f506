package apply

import (
	"strings"
	"sync"

	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	extensions "k8s.io/apiextensions-apiserver/pkg/client/applyconfiguration"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/applyconfigurations"
	"k8s.io/kube-aggregator/pkg/apis/apiregistration"
	aggregator "k8s.io/kube-aggregator/pkg/client/applyconfiguration"
	"k8s.io/kube-openapi/pkg/schemaconv"
	"k8s.io/kube-openapi/pkg/validation/spec"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	smd "sigs.k8s.io/structured-merge-diff/v6/schema"
	"sigs.k8s.io/structured-merge-diff/v6/typed"
)

const (
	metaTypes      = "io.k8s.apimachinery.pkg.apis.meta.v1."
	objectMetaType = metaTypes + "ObjectMeta"
	objectMetaRef  = "#/definitions/" + objectMetaType
	// customType is the name of the only type that is not upstream's.
	customType = "custom"
)

// Custom types the objects of one version of a custom resource, as buildKubeNative of apiextensions-apiserver's OpenAPI
// builder describes them.
func Custom(schema *structural.Structural, preserveUnknownFields bool) (Converter, error) {
	model := schema.ToKubeOpenAPI()
	model.SetProperty("metadata", *spec.RefSchema(objectMetaRef))
	addTypeMeta(model)
	addEmbedded(model)
	types, err := schemaconv.ToSchemaFromOpenAPI(map[string]*spec.Schema{customType: model}, preserveUnknownFields)
	if err != nil {
		return nil, err
	}
	shared, err := typesOfMetadata()
	if err != nil {
		return nil, err
	}
	parser := typed.Parser{Schema: smd.Schema{Types: append(types.Types, shared...)}}
	return custom{parser.Type(customType)}, nil
}

type custom struct{ of typed.ParseableType }

func (c custom) ObjectToTyped(object runtime.Object, options ...typed.ValidationOptions) (*typed.TypedValue, error) {
	if o, ok := object.(*unstructured.Unstructured); ok {
		return c.of.FromUnstructured(o.UnstructuredContent(), options...)
	}
	return c.of.FromStructured(object, options...)
}

func addTypeMeta(model *spec.Schema) {
	model.SetProperty("apiVersion", *spec.StringProperty())
	model.SetProperty("kind", *spec.StringProperty())
}

// addEmbedded gives whole objects inside of a custom resource their metadata.
func addEmbedded(model *spec.Schema) {
	if model == nil {
		return
	}
	for name, property := range model.Properties {
		addEmbedded(&property)
		model.Properties[name] = property
	}
	if model.Items != nil {
		addEmbedded(model.Items.Schema)
	}
	if model.AdditionalProperties != nil {
		addEmbedded(model.AdditionalProperties.Schema)
	}
	if embedded, ok := model.Extensions.GetBool("x-kubernetes-embedded-resource"); ok && embedded {
		addTypeMeta(model)
		model.SetProperty("metadata", *spec.RefSchema(objectMetaRef))
	}
}

// typesOfMetadata are upstream's types of metadata, taken from those of a built-in kind.
func typesOfMetadata() ([]smd.TypeDef, error) {
	object := &unstructured.Unstructured{}
	object.SetAPIVersion("v1")
	object.SetKind("ConfigMap")
	value, err := Builtin.ObjectToTyped(object)
	if err != nil {
		return nil, err
	}
	var types []smd.TypeDef
	for _, definition := range value.Schema().Types {
		if strings.HasPrefix(definition.Name, metaTypes) || strings.HasPrefix(definition.Name, "__untyped") {
			types = append(types, definition)
		}
	}
	return types, nil
}

// Definitions types CustomResourceDefinitions, with a scheme that knows them.
func Definitions(scheme *runtime.Scheme) Converter { return extensions.NewTypeConverter(scheme) }

// Builtin types objects of built-in kinds. Upstream parses its types when the first object needs them.
var Builtin Converter = builtin{}

type builtin struct{}

var (
	builtinTypes = sync.OnceValue(func() Converter { return applyconfigurations.NewTypeConverter(legacyscheme.Scheme) })
	serviceTypes = sync.OnceValue(func() Converter { return aggregator.NewTypeConverter(legacyscheme.Scheme) })
)

func (builtin) ObjectToTyped(object runtime.Object, options ...typed.ValidationOptions) (*typed.TypedValue, error) {
	if object.GetObjectKind().GroupVersionKind().Group == apiregistration.GroupName {
		return serviceTypes().ObjectToTyped(object, options...)
	}
	return builtinTypes().ObjectToTyped(object, options...)
}
