package cluster

import (
	"fmt"
	"sync"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/install"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/registry/customresource"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/runtime/serializer/versioning"
	"preadmit.dev/engines/admission/internal/apply"
	"preadmit.dev/engines/admission/internal/kinds"
)

// DefinitionKind is the kind of CustomResourceDefinitions.
var DefinitionKind = schema.GroupVersionKind{
	Group: apiextensions.GroupName, Version: "v1", Kind: "CustomResourceDefinition",
}

// DefinitionScheme knows CustomResourceDefinitions; DefinitionDecoder decodes them strictly, with defaults, to the
// internal version.
var (
	DefinitionScheme  = newDefinitionScheme()
	DefinitionDecoder = newDefinitionDecoder()
)

func newDefinitionScheme() *runtime.Scheme {
	scheme := runtime.NewScheme()
	install.Install(scheme)
	return scheme
}

func newDefinitionDecoder() runtime.Decoder {
	codecs := serializer.NewCodecFactory(DefinitionScheme)
	internal := schema.GroupVersion{Group: apiextensions.GroupName, Version: runtime.APIVersionInternal}
	return versioning.NewDefaultingCodecForScheme(DefinitionScheme, nil, kinds.StrictJSON(codecs), nil, internal)
}

// CustomResource is one served version of a loaded CustomResourceDefinition, ready to decode and validate.
type CustomResource struct {
	Plural     string
	Namespaced bool
	Strategy   kinds.Strategy
	Schema     *structural.Structural
	// Types answers how objects are merged by a server-side apply; made when the first is.
	Types func() (apply.Converter, error)
	// PreserveUnknownFields of the whole definition: nothing is pruned.
	PreserveUnknownFields bool
	// Deprecated is the warning of a deprecated version.
	Deprecated string
	// Webhook is true when versions are converted by a program in the cluster.
	Webhook bool
}

// AddDefinition makes the served versions of a definition known, as the handler of custom resources of an API server
// does, without storage. It answers the kind.
func (c *Cluster) AddDefinition(raw []byte) (schema.GroupKind, error) {
	object, _, err := DefinitionDecoder.Decode(raw, nil, nil)
	internal, ok := object.(*apiextensions.CustomResourceDefinition)
	if !ok {
		return schema.GroupKind{}, err
	}
	// Unknown fields are the business of the write that brings the definition; here they are ignored, as a server
	// that stored the object pruned them.
	definition := &apiextensionsv1.CustomResourceDefinition{}
	err = apiextensionsv1.Convert_apiextensions_CustomResourceDefinition_To_v1_CustomResourceDefinition(internal, definition, nil)
	if err != nil {
		return schema.GroupKind{}, err
	}
	kind := schema.GroupKind{Group: definition.Spec.Group, Kind: definition.Spec.Names.Kind}
	for i := range definition.Spec.Versions {
		version := &definition.Spec.Versions[i]
		if !version.Served {
			continue
		}
		custom, err := newCustomResource(definition, version)
		if err != nil {
			return kind, fmt.Errorf("spec.versions[%d]: %w", i, err)
		}
		c.Custom[kind.WithVersion(version.Name)] = custom
	}
	return kind, nil
}

func newCustomResource(definition *apiextensionsv1.CustomResourceDefinition, version *apiextensionsv1.CustomResourceDefinitionVersion) (*CustomResource, error) {
	if version.Schema == nil {
		return nil, fmt.Errorf("schema: required value")
	}
	props := &apiextensions.CustomResourceValidation{}
	err := apiextensionsv1.Convert_v1_CustomResourceValidation_To_apiextensions_CustomResourceValidation(version.Schema, props, nil)
	if err != nil {
		return nil, err
	}
	shape, err := structural.NewStructural(props.OpenAPIV3Schema)
	if err != nil {
		return nil, err
	}
	// Defaults of a definition may hold what its schema would prune; they are written as they would be stored.
	shape = shape.DeepCopy()
	if err := defaulting.PruneDefaults(shape); err != nil {
		return nil, err
	}
	validator, err := newSchemaValidator(props.OpenAPIV3Schema)
	if err != nil {
		return nil, err
	}
	kind := schema.GroupVersionKind{
		Group: definition.Spec.Group, Version: version.Name, Kind: definition.Spec.Names.Kind,
	}
	status, scale := subresources(version)
	namespaced := definition.Spec.Scope == apiextensionsv1.NamespaceScoped
	return &CustomResource{
		Plural:     definition.Spec.Names.Plural,
		Namespaced: namespaced,
		Schema:     shape,
		Types: sync.OnceValues(func() (apply.Converter, error) {
			return apply.Custom(shape, definition.Spec.PreserveUnknownFields)
		}),
		PreserveUnknownFields: definition.Spec.PreserveUnknownFields,
		Deprecated:            deprecation(kind, version),
		Webhook:               definition.Spec.Conversion != nil && definition.Spec.Conversion.Strategy == apiextensionsv1.WebhookConverter,
		Strategy: customresource.NewStrategy(
			UnstructuredTyper{}, namespaced, kind, validator, nil, shape, status, scale, version.SelectableFields),
	}, nil
}

func subresources(version *apiextensionsv1.CustomResourceDefinitionVersion) (*apiextensions.CustomResourceSubresourceStatus, *apiextensions.CustomResourceSubresourceScale) {
	if version.Subresources == nil {
		return nil, nil
	}
	var status *apiextensions.CustomResourceSubresourceStatus
	if version.Subresources.Status != nil {
		status = &apiextensions.CustomResourceSubresourceStatus{}
	}
	var scale *apiextensions.CustomResourceSubresourceScale
	if s := version.Subresources.Scale; s != nil {
		scale = &apiextensions.CustomResourceSubresourceScale{
			SpecReplicasPath: s.SpecReplicasPath, StatusReplicasPath: s.StatusReplicasPath, LabelSelectorPath: s.LabelSelectorPath,
		}
	}
	return status, scale
}

func deprecation(kind schema.GroupVersionKind, version *apiextensionsv1.CustomResourceDefinitionVersion) string {
	switch {
	case !version.Deprecated:
		return ""
	case version.DeprecationWarning != nil:
		return *version.DeprecationWarning
	}
	return fmt.Sprintf("%s %s is deprecated", kind.GroupVersion(), kind.Kind)
}
