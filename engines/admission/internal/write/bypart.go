package write

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/kubernetes/pkg/apis/core"
	"preadmit.dev/engines/admission/internal/apply"
	"preadmit.dev/engines/admission/internal/kinds"
	"preadmit.dev/engines/admission/internal/part"
)

// For tests, which compare all ways to merge: whether parts are tried, how often they were merged, and how often they
// were written without a merge.
var (
	byPart     = true
	usedParts  = 0
	usedDirect = 0
)

// mergedByPart is what an apply makes of the stored object, found by decoding and merging only what differs between the
// two manifests: members are merged by themselves, whatever stands beside them. Nil when the object has to be merged as
// a whole, and always when anything is wrong with it, so that what is said of it comes from one place.
func (w *writing) mergedByPart() (object runtime.Object) {
	live := w.result.Old
	if !byPart || live == nil || w.manifest == nil || w.old == nil {
		return nil
	}
	// A server makes it part of data: what takes data away must not take it along.
	if w.old.Has("stringData") || w.manifest.Has("stringData") {
		return nil
	}
	defer func() {
		if recover() != nil {
			object = nil
		}
	}()
	difference, ok := part.Between(*w.old, *w.manifest)
	if !ok || w.request.Apply == "" && duplicateIn(difference.New) || w.appliedServerSide() && !w.appliesByPart() {
		return nil
	}
	whole, ok := w.written(difference, live)
	if !ok {
		if whole, ok = w.mergedParts(difference, live); !ok {
			return nil
		}
	}
	object, err := kinds.Internal(whole, w.result.Kind.Group)
	if err != nil {
		return nil
	}
	usedParts++
	return object
}

// written is the stored object with what the manifest says, where that needs no merge.
func (w *writing) written(difference *part.Difference, live runtime.Object) (runtime.Object, bool) {
	if !difference.Direct {
		return nil, false
	}
	whole, ok := difference.Written(live)
	if ok {
		usedDirect++
	}
	return whole, ok
}

func (w *writing) mergedParts(difference *part.Difference, live runtime.Object) (runtime.Object, bool) {
	if kinds.Strict(difference.Text) != nil {
		return nil, false
	}
	stored, ok := difference.Of(live)
	if !ok {
		return nil, false
	}
	merged, err := w.mergePart(difference, stored)
	if err != nil {
		return nil, false
	}
	return difference.With(live, merged.Object)
}

// appliesByPart says whether a server-side apply of the new manifest changes nothing where the two manifests are alike.
// That cannot be said of what the server wrote in the meantime: metadata, and the second family and address that it added
// to a Service's, which an apply of the one takes away again.
func (w *writing) appliesByPart() bool {
	if w.result.Kind.GroupKind() == core.Kind("Service") {
		if spec, ok := w.manifest.Within("spec"); !ok || spec.Has("clusterIPs", "ipFamilies") {
			return false
		}
	}
	metadata, ok := w.manifest.Within("metadata")
	if !ok || metadata.Has("creationTimestamp", "generation", "managedFields", "resourceVersion", "uid") {
		return false
	}
	if apply.Plain(w.request.Object, w.result.Kind) {
		return true
	}
	object := manifest(w.request.Object)
	return object != nil && len(apply.Problems(apply.Builtin, object)) == 0
}

func (w *writing) mergePart(difference *part.Difference, stored map[string]any) (*unstructured.Unstructured, error) {
	if !w.appliedServerSide() {
		return w.mergeMaps(difference.Old, difference.New, stored)
	}
	old, object := &unstructured.Unstructured{Object: difference.Old}, &unstructured.Unstructured{Object: difference.New}
	live := &unstructured.Unstructured{Object: stored}
	if difference.Grows {
		return apply.Grow(apply.Builtin, object, live)
	}
	return apply.Merge(apply.Builtin, old, object, live)
}

// mergeMaps is what kubectl does with the old manifest, the new manifest and the stored object: it keeps what the
// server wrote and takes away what the new manifest no longer says.
func (w *writing) mergeMaps(old, object, current map[string]any) (*unstructured.Unstructured, error) {
	lookup, err := patchMeta(w.result.Kind)
	if err != nil {
		return nil, err
	}
	patch, err := strategicpatch.CreateThreeWayMergeMapPatch(old, object, current, lookup)
	if err != nil {
		return nil, err
	}
	merged, err := strategicpatch.StrategicMergeMapPatchUsingLookupPatchMeta(current, patch, lookup)
	return &unstructured.Unstructured{Object: merged}, err
}
