package write

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/apiserver/pkg/endpoints/deprecation"
	"k8s.io/apiserver/pkg/registry/rest"
	"preadmit.dev/engines/admission/internal/apply"
	"preadmit.dev/engines/admission/internal/kinds"
	"preadmit.dev/engines/admission/internal/release"
)

func (w *writing) builtin(kind kinds.Kind) {
	r := w.result
	kind.Strategy = w.strategy(kind.Strategy)
	if why := kinds.NotServed(r.Kind, release.Current()); why != "" {
		if kinds.OptIn(r.Kind, release.Current()) {
			w.result.Unknown = why + "; a cluster that enables it serves it"
		} else {
			r.Undecodable = why
			w.add(Finding{Stage: Decode, Reason: "NoMatch", Message: why})
		}
		w.asGiven()
		return
	}
	old := w.persisted(kind)
	if old != nil {
		r.Old = w.versioned(old)
	}
	if w.request.Operation == Delete {
		if r.Old == nil {
			w.asGiven()
		}
		return
	}
	var warnings []string
	object := w.mergedByPart()
	if object != nil {
		w.validateUpdate(kind, object, old, &warnings)
	} else if object = w.incoming(); object == nil {
		return
	} else if old == nil {
		w.create(kind, object, &warnings)
	} else {
		object = w.update(kind, object, old, &warnings)
	}
	w.add(podSecurityLabels(object, old)...)
	w.addWarnings(warnings)
}

// create is also what happens when the old object cannot be decoded: then no server holds it.
func (w *writing) create(kind kinds.Kind, object runtime.Object, warnings *[]string) {
	r := w.result
	if accessor, err := meta.Accessor(object); err == nil {
		w.identify(accessor)
		w.resourceVersion(accessor.GetResourceVersion())
	}
	if err := beforeCreate(kind, w.context(r.Kind, "create", warnings), object); err != nil {
		w.add(validateFindings(err)...)
	} else {
		w.add(overhead(object)...)
		w.add(restrictedSubject(object)...)
	}
	r.New = w.versioned(object)
}

// beforeCreate is what storage, plugins and strategy do to an object, and what they refuse; each speaks only when the one
// before it has nothing to say.
func beforeCreate(kind kinds.Kind, ctx context.Context, object runtime.Object) error {
	if err := allocate(object); err != nil {
		return err
	}
	assign(object)
	return rest.BeforeCreate(kind.Strategy, ctx, object)
}

// resourceVersion is refused by the storage of a server, behind its strategies.
func (w *writing) resourceVersion(version string) {
	if version != "" && version != "0" {
		w.add(Finding{
			Stage: Validate, Field: "metadata.resourceVersion", Reason: "FieldValueForbidden",
			Message: "resourceVersion should not be set on objects to be created",
		})
	}
}

// update answers the object that would be stored: the merged one, or the given one where it cannot be merged.
func (w *writing) update(kind kinds.Kind, object, old runtime.Object, warnings *[]string) runtime.Object {
	if merged, err := w.merge(w.result.Old); err != nil {
		w.add(Finding{Stage: Internal, Message: "merge: " + err.Error()})
		assign(object)
		// No client sends what it cannot merge: what the server would say of the object itself is worth knowing.
		if accessor, failed := meta.Accessor(object); failed == nil {
			accessor.SetResourceVersion("1")
		}
	} else if merged == nil {
		return object
	} else {
		object = merged
	}
	w.validateUpdate(kind, object, old, warnings)
	if w.request.Apply == "" && !w.request.Unvalidated {
		w.add(w.foldedDuplicates(kind)...)
	}
	return object
}

func (w *writing) validateUpdate(kind kinds.Kind, object, old runtime.Object, warnings *[]string) {
	keepPriority(object, old)
	tolerate(object)
	tolerate(old)
	withoutManagedFields(object)
	err := reallocate(object, old)
	if err == nil {
		err = rest.BeforeUpdate(kind.Strategy, w.context(w.result.Kind, "update", warnings), object, old)
	}
	if err != nil {
		w.add(validateFindings(err)...)
	}
	w.result.New = w.versioned(object)
}

// withoutManagedFields drops what the field manager of a server replaces before the object is validated.
func withoutManagedFields(object runtime.Object) {
	if accessor, err := meta.Accessor(object); err == nil {
		accessor.SetManagedFields(nil)
	}
}

// persisted is the old object as a server would hold it: decoded, defaulted, with what storage and controllers add.
// Faults of its own are not this write's. Nil when there is none or when it does not decode.
func (w *writing) persisted(kind kinds.Kind) runtime.Object {
	if len(w.request.Old) == 0 {
		return nil
	}
	h, err := headOf(w.request.Old)
	if err != nil {
		return nil
	}
	object, err := kinds.Decode(w.request.Old, h.kind)
	if object == nil {
		return nil
	}
	if err == nil {
		w.old = h.manifest
	}
	accessor, err := meta.Accessor(object)
	if err != nil {
		return nil
	}
	w.identify(accessor)
	accessor.SetResourceVersion("")
	_ = allocate(object)
	assign(object)
	var ignored []string
	// What rest.BeforeCreate does to an object, without its validation.
	kind.Strategy.PrepareForCreate(w.context(h.kind, "create", &ignored), object)
	kind.Strategy.Canonicalize(object)
	accessor.SetResourceVersion("1")
	settle(object)
	return object
}

func (w *writing) versioned(object runtime.Object) runtime.Object {
	converted, err := kinds.Versioned(object, w.result.Kind.GroupVersion())
	if err != nil {
		w.add(Finding{Stage: Internal, Message: err.Error()})
		return nil
	}
	return converted
}

// incoming is the manifest as the server reads it; nil, with the finding, when it cannot.
func (w *writing) incoming() runtime.Object {
	object, err := kinds.Decode(w.request.Object, w.result.Kind)
	var findings []Finding
	if err != nil {
		findings = decodeFindings(err)
	}
	if w.appliedServerSide() {
		if refused, ok := w.refusedByApply(apply.Builtin, findings); ok {
			w.add(refused...)
			if object == nil && len(refused) > 0 {
				w.result.Undecodable = refused[0].Message
				w.asGiven()
				return nil
			}
			// What a server would say next is worth knowing too.
			w.request.Apply = Client
		} else if applied, failed := kinds.Applied(manifest(w.request.Object), w.result.Kind); failed == nil {
			w.add(dropped(findings)...)
			return applied
		}
	}
	if object == nil && w.request.Apply == Client && w.result.Old != nil {
		// A client sends a patch, which is read as an apply is: integers that are too large wrap.
		if applied, failed := kinds.Applied(manifest(w.request.Object), w.result.Kind); failed == nil {
			w.add(dropped(findings)...)
			return applied
		}
	}
	if object == nil {
		w.undecodable(err)
		return nil
	}
	w.add(findings...)
	return object
}

// merge is what an apply makes of the stored object; nil, with the finding, when that cannot be read.
func (w *writing) merge(live runtime.Object) (object runtime.Object, err error) {
	// Upstream's merges trust that the old manifest was stored: a null in a list of theirs is a nil pointer.
	defer func() {
		if p := recover(); p != nil {
			object, err = nil, fmt.Errorf("the old manifest cannot be merged: %v", p)
		}
	}()
	if w.appliedServerSide() {
		merged, ok, err := w.mergeServerSide(apply.Builtin, live)
		if err != nil {
			return nil, err
		}
		if ok {
			return kinds.Applied(merged, w.result.Kind)
		}
	}
	merged, err := w.mergeByClient(live)
	if err != nil {
		return nil, err
	}
	if object, err = kinds.Applied(merged, w.result.Kind); err != nil {
		w.undecodable(err)
		return nil, nil
	}
	return object, nil
}

func (w *writing) mergeByClient(live runtime.Object) (*unstructured.Unstructured, error) {
	current, err := runtime.DefaultUnstructuredConverter.ToUnstructured(live)
	if err != nil {
		return nil, err
	}
	old, object := manifest(w.request.Old), manifest(w.request.Object)
	if old == nil || object == nil {
		return nil, errors.New("the manifests are no objects")
	}
	withoutEqual(old.Object, object.Object)
	return w.mergeMaps(old.Object, object.Object, current)
}

// nested are the members into which withoutEqual goes. None of them is merged with the strategy retainKeys, under which
// an unchanged member says what to keep.
var nested = []string{"metadata", "spec", "template", "jobTemplate"}

// withoutEqual takes away what both manifests say alike: the stored object has it, and comparing it again is most of
// the work of a merge. But a server makes stringData part of data, so the stored object has none.
func withoutEqual(old, object map[string]any) {
	for key, value := range object {
		before, ok := old[key]
		switch {
		case !ok || key == "apiVersion" || key == "kind" || key == "stringData":
		case reflect.DeepEqual(before, value):
			delete(old, key)
			delete(object, key)
		case slices.Contains(nested, key):
			was, _ := before.(map[string]any)
			is, _ := value.(map[string]any)
			withoutEqual(was, is)
		}
	}
}

func patchMeta(kind schema.GroupVersionKind) (strategicpatch.LookupPatchMeta, error) {
	empty, err := kinds.NewObject(kind)
	if err != nil {
		return nil, err
	}
	return strategicpatch.NewPatchMetaFromStruct(empty)
}

func (w *writing) undecodable(err error) {
	finding := decodeFinding(err)
	finding.Field = locate(w.request.Object, w.result.Kind)
	w.result.Undecodable = finding.Message
	w.add(finding)
	w.asGiven()
}

func (w *writing) addWarnings(texts []string) {
	if object, err := kinds.NewObject(w.result.Kind); err == nil {
		minor := release.Current()
		if deprecation.IsDeprecated(object, int(minor.Major()), int(minor.Minor())) {
			object.GetObjectKind().SetGroupVersionKind(w.result.Kind)
			w.add(Finding{Stage: Warning, Message: deprecation.WarningMessage(object)})
		}
	}
	for _, text := range texts {
		w.add(warningFinding(text))
	}
}
