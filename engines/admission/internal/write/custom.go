package write

import (
	"encoding/json"
	"fmt"
	"reflect"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	serializer "k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/apimachinery/pkg/util/jsonmergepatch"
	"k8s.io/apiserver/pkg/registry/rest"
	"preadmit.dev/engines/admission/internal/apply"
	"preadmit.dev/engines/admission/internal/cluster"
	"preadmit.dev/engines/admission/internal/kinds"
)

var strictUnstructured = serializer.NewSerializerWithOptions(
	serializer.DefaultMetaFactory, cluster.UnstructuredCreater{}, cluster.UnstructuredTyper{},
	serializer.SerializerOptions{Strict: true})

func (w *writing) custom(custom *cluster.CustomResource) {
	r := w.result
	old := w.persistedCustom(custom)
	if old != nil {
		r.Old = old
	}
	if w.request.Operation == Delete {
		w.asGiven()
		return
	}
	object, findings, err := decodeCustom(w.request.Object, r, custom)
	if err != nil {
		w.undecodableAs(customTypes, err)
		return
	}
	if w.appliedServerSide() {
		types, err := custom.Types()
		if err != nil {
			w.add(Finding{Stage: Internal, Message: "schema for server-side apply: " + err.Error()})
			w.request.Apply = Client
		} else if refused, ok := w.refusedByApply(types, findings); ok {
			w.add(refused...)
			w.request.Apply = Client
		} else if applied, ok := w.appliedCustom(custom, types, old); ok {
			object, findings = applied, dropped(findings)
		} else {
			w.request.Apply = Client
		}
	}
	w.add(findings...)
	var warnings []string
	if custom.Deprecated != "" {
		warnings = append(warnings, custom.Deprecated)
	}
	if old == nil {
		w.identify(object)
		w.resourceVersion(object.GetResourceVersion())
		if err := rest.BeforeCreate(w.strategy(custom.Strategy), w.context(r.Kind, "create", &warnings), object); err != nil {
			w.add(validateFindings(err)...)
		}
	} else {
		if !w.appliedServerSide() {
			if object, err = w.mergeCustom(custom, old); err != nil {
				w.undecodableAs(customTypes, err)
				return
			}
		}
		withoutManagedFields(object)
		if err := rest.BeforeUpdate(w.strategy(custom.Strategy), w.context(r.Kind, "update", &warnings), object, old); err != nil {
			w.add(validateFindings(err)...)
		}
	}
	r.New = object
	if !w.request.Unvalidated {
		w.add(w.refusedNulls(custom)...)
	}
	for _, text := range warnings {
		w.add(warningFinding(text))
	}
}

// customTypes are the types that every custom resource has: a schema says the rest.
var customTypes = reflect.TypeFor[metav1.PartialObjectMetadata]()

func (w *writing) undecodableAs(types reflect.Type, err error) {
	finding := decodeFinding(kinds.CannotHandle(w.result.Kind, err))
	finding.Field = locateIn(w.request.Object, types)
	w.result.Undecodable = finding.Message
	w.add(finding)
	w.asGiven()
}

// persistedCustom is the old object as it would be stored; nil when there is none or it does not decode.
func (w *writing) persistedCustom(custom *cluster.CustomResource) *unstructured.Unstructured {
	if len(w.request.Old) == 0 {
		return nil
	}
	written := w.writtenAs(custom)
	old, _, err := decodeCustom(w.request.Old, w.result, written)
	if err != nil {
		return nil
	}
	w.identify(old)
	old.SetResourceVersion("")
	var ignored []string
	// What rest.BeforeCreate does to an object, without its validation.
	written.Strategy.PrepareForCreate(w.context(w.result.Kind, "create", &ignored), old)
	written.Strategy.Canonicalize(old)
	old.SetResourceVersion("1")
	if !custom.Webhook {
		// Conversion without a webhook changes the version and nothing else; a server reads the old object in that of the write.
		old.SetGroupVersionKind(w.result.Kind)
	}
	return old
}

// writtenAs is the version that the old object was written and defaulted in; the one of the write where the old one is
// not served any more, or a webhook would have to convert it.
func (w *writing) writtenAs(custom *cluster.CustomResource) *cluster.CustomResource {
	h, err := headOf(w.request.Old)
	if err != nil || custom.Webhook || h.kind.GroupKind() != w.result.Kind.GroupKind() {
		return custom
	}
	if other, ok := w.cluster.Custom[h.kind]; ok {
		return other
	}
	return custom
}

// appliedCustom is the object that a server-side apply makes: unlike what clients send, it keeps its nulls.
func (w *writing) appliedCustom(custom *cluster.CustomResource, types apply.Converter, old *unstructured.Unstructured) (*unstructured.Unstructured, bool) {
	applied := manifest(w.request.Object)
	if applied == nil {
		return nil, false
	}
	if old != nil {
		merged, ok, err := w.mergeServerSide(types, old)
		if err != nil {
			w.add(Finding{Stage: Internal, Message: "server-side apply: " + err.Error()})
		}
		if !ok {
			return nil, false
		}
		applied = merged
	}
	defaulting.Default(applied.Object, custom.Schema)
	return applied, true
}

// mergeCustom is what a client's apply does with a custom resource.
func (w *writing) mergeCustom(custom *cluster.CustomResource, old *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	current, err := json.Marshal(old)
	if err != nil {
		return nil, err
	}
	patch, err := jsonmergepatch.CreateThreeWayJSONMergePatch(w.request.Old, w.request.Object, current)
	if err != nil {
		return nil, err
	}
	merged, err := jsonpatch.MergePatch(current, patch)
	if err != nil {
		return nil, err
	}
	object, _, err := decodeCustom(merged, w.result, custom)
	return object, err
}

// decodeCustom does what the decoder of an API server does with custom resources: strict JSON, defaults, pruning,
// nulls without defaults, and the types of metadata.
func decodeCustom(raw []byte, r *Result, custom *cluster.CustomResource) (*unstructured.Unstructured, []Finding, error) {
	decoded, _, err := strictUnstructured.Decode(raw, nil, &unstructured.Unstructured{})
	object, ok := decoded.(*unstructured.Unstructured)
	if err != nil && (!ok || !runtime.IsStrictDecodingError(err)) {
		return nil, nil, err
	}
	var findings []Finding
	if err != nil {
		findings = decodeFindings(err)
	}
	kind := r.Kind
	if of := object.GroupVersionKind(); of.GroupKind() == kind.GroupKind() {
		kind = of
	}
	defaulting.Default(object.Object, custom.Schema)
	metadata, found, unknown, err := objectmeta.GetObjectMetaWithOptions(object.Object, objectmeta.ObjectMetaOptions{ReturnUnknownFieldPaths: true})
	if err != nil {
		return nil, nil, err
	}
	if !custom.PreserveUnknownFields {
		unknown = append(unknown, pruning.PruneWithOptions(object.Object, custom.Schema, true,
			structural.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})...)
		defaulting.PruneNonNullableNullsWithoutDefaults(object.Object, custom.Schema)
	}
	coerce, embedded := objectmeta.CoerceWithOptions(nil, object.Object, custom.Schema, false,
		objectmeta.CoerceOptions{DropInvalidFields: false, ReturnUnknownFieldPaths: true})
	if coerce != nil {
		return nil, nil, coerce
	}
	for _, path := range append(unknown, embedded...) {
		findings = append(findings, Finding{
			Stage: Decode, Field: path, Reason: "Strict", Message: fmt.Sprintf("unknown field %q", path),
		})
	}
	object.SetGroupVersionKind(kind)
	if found {
		if err := objectmeta.SetObjectMeta(object.Object, metadata); err != nil {
			return nil, nil, err
		}
	}
	return object, findings, nil
}
