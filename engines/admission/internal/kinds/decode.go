package kinds

import (
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	codec "k8s.io/apimachinery/pkg/runtime/serializer"
	serializer "k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/apimachinery/pkg/runtime/serializer/versioning"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"preadmit.dev/engines/admission/internal/part"
	"preadmit.dev/engines/admission/internal/quick"
)

// StrictJSON is the serializer of a codec factory that reports unknown and duplicate fields.
func StrictJSON(codecs codec.CodecFactory) runtime.Serializer {
	for _, info := range codecs.SupportedMediaTypes() {
		if info.MediaType == runtime.ContentTypeJSON {
			return info.StrictSerializer
		}
	}
	panic("no serializer for JSON")
}

var (
	strictJSON = serializer.NewSerializerWithOptions(
		metaFactory{}, legacyscheme.Scheme, legacyscheme.Scheme, serializer.SerializerOptions{Strict: true})
	// A codec per group: making one per object was the most expensive step of a decode.
	decoders = map[string]runtime.Decoder{}
)

// quickJSON is strictJSON, which it asks only what it cannot read itself.
type quickJSON struct{ runtime.Serializer }

// Decode is for objects whose kind the text says; nobody gives one or asks for a certain one.
func (q quickJSON) Decode(data []byte, kind *schema.GroupVersionKind, into runtime.Object) (runtime.Object, *schema.GroupVersionKind, error) {
	if kind == nil && into == nil {
		if said, err := (metaFactory{}).Interpret(data); err == nil && said.Version != "" && said.Kind != "" {
			if object, err := legacyscheme.Scheme.New(*said); err == nil && quick.Read(data, object) {
				return object, said, nil
			}
		}
	}
	return q.Serializer.Decode(data, kind, into)
}

// metaFactory reads the kind as upstream's does, without parsing the whole text for it.
type metaFactory struct{}

// Interpret answers the kind that an object says of itself.
func (metaFactory) Interpret(data []byte) (*schema.GroupVersionKind, error) {
	if manifest, ok := part.Split(data); ok {
		version, plainVersion := manifest.Text("apiVersion")
		kind, plainKind := manifest.Text("kind")
		if plainVersion && plainKind && version != "" && kind != "" {
			if of, err := schema.ParseGroupVersion(version); err == nil {
				return &schema.GroupVersionKind{Group: of.Group, Version: of.Version, Kind: kind}, nil
			}
		}
	}
	return serializer.DefaultMetaFactory.Interpret(data)
}

// Decode reads one object of a built-in kind strictly, sets defaults and converts it to the internal version. An error
// for which runtime.IsStrictDecodingError holds comes with the object.
func Decode(raw []byte, kind schema.GroupVersionKind) (runtime.Object, error) {
	decoder, ok := decoders[kind.Group]
	if !ok {
		internal := schema.GroupVersion{Group: kind.Group, Version: runtime.APIVersionInternal}
		decoder = versioning.NewDefaultingCodecForScheme(legacyscheme.Scheme, nil, quickJSON{strictJSON}, nil, internal)
		decoders[kind.Group] = decoder
	}
	object, _, err := decoder.Decode(raw, nil, nil)
	if err != nil && (object == nil || !runtime.IsStrictDecodingError(err)) {
		return nil, CannotHandle(kind, err)
	}
	return object, err
}

// CannotHandle is what a server says of an object that its decoder gives up on (transformDecodeError of the API server's
// handlers).
func CannotHandle(kind schema.GroupVersionKind, err error) error {
	return fmt.Errorf("%s in version %q cannot be handled as a %s: %w", kind.Kind, kind.Version, kind.Kind, err)
}

// Applied reads an object as a server-side apply does: without JSON, so integers wrap where JSON would refuse them. It
// sets defaults and converts to the internal version.
func Applied(object *unstructured.Unstructured, kind schema.GroupVersionKind) (runtime.Object, error) {
	if object == nil {
		return nil, fmt.Errorf("no object")
	}
	versioned, err := legacyscheme.Scheme.New(kind)
	if err != nil {
		return nil, err
	}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, versioned); err != nil {
		return nil, err
	}
	return Internal(versioned, kind.Group)
}

// Strict says what the decoder has against a manifest, without defaults and conversion.
func Strict(raw []byte) error {
	_, _, err := quickJSON{strictJSON}.Decode(raw, nil, nil)
	return err
}

// Internal sets defaults of a versioned object and converts it to the internal version. The object must not be used
// afterwards: the two share memory.
func Internal(object runtime.Object, group string) (runtime.Object, error) {
	legacyscheme.Scheme.Default(object)
	internal := schema.GroupVersion{Group: group, Version: runtime.APIVersionInternal}
	return legacyscheme.Scheme.UnsafeConvertToVersion(object, internal)
}

// Versioned converts an internal object to a version in which it is served. The two share memory.
func Versioned(object runtime.Object, version schema.GroupVersion) (runtime.Object, error) {
	return legacyscheme.Scheme.UnsafeConvertToVersion(object, version)
}

// NewObject makes an empty object of a version.
func NewObject(kind schema.GroupVersionKind) (runtime.Object, error) {
	return legacyscheme.Scheme.New(kind)
}

// Reversioned converts between two versions in which a kind is served, by way of the internal one.
func Reversioned(object runtime.Object, version schema.GroupVersion) (runtime.Object, error) {
	internal, err := legacyscheme.Scheme.ConvertToVersion(object, runtime.InternalGroupVersioner)
	if err != nil {
		return nil, err
	}
	return Versioned(internal, version)
}
