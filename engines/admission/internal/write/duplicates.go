package write

import (
	"encoding/json"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"preadmit.dev/engines/admission/internal/kinds"
)

// mergeKeys are the fields by which lists of built-in kinds are merged (patchMergeKey in k8s.io/api).
var mergeKeys = []string{
	"name", "containerPort", "port", "mountPath", "devicePath", "ip", "topologyKey", "key", "uid", "type",
}

// foldedDuplicates finds duplicate keys that the three-way merge of an update folded into one entry: a server that is
// asked to create the manifest, or to apply it server-side, refuses them.
func (w *writing) foldedDuplicates(kind kinds.Kind) []Finding {
	if !hasDuplicateKeys(w.request.Object) {
		return nil
	}
	reported := setOf(append(slices.Clone(w.result.Findings), w.duplicates(kind, w.request.Old)...))
	return slices.DeleteFunc(w.duplicates(kind, w.request.Object), func(f Finding) bool { return reported[f] })
}

// duplicates validates a manifest as if it were created and answers what it says of duplicate keys.
func (w *writing) duplicates(kind kinds.Kind, raw json.RawMessage) []Finding {
	object, _ := kinds.Decode(raw, w.result.Kind)
	if object == nil {
		return nil
	}
	findings := w.createFindings(kind, object)
	return slices.DeleteFunc(findings, func(f Finding) bool { return f.Reason != "FieldValueDuplicate" })
}

func (w *writing) createFindings(kind kinds.Kind, object runtime.Object) []Finding {
	accessor, err := meta.Accessor(object)
	if err != nil {
		return nil
	}
	w.identify(accessor)
	if w.result.Mapping.Namespaced {
		// The old manifest may name another one.
		accessor.SetNamespace(w.result.Namespace)
	}
	accessor.SetResourceVersion("")
	var ignored []string
	if err := beforeCreate(kind, w.context(w.result.Kind, "create", &ignored), object); err != nil {
		return validateFindings(err)
	}
	return nil
}

// hasDuplicateKeys looks cheaply for a list with two entries of one key, so that the second validation is rare.
func hasDuplicateKeys(raw json.RawMessage) bool {
	var value any
	return json.Unmarshal(raw, &value) == nil && duplicateIn(value)
}

func duplicateIn(value any) bool {
	switch v := value.(type) {
	case map[string]any:
		for _, member := range v {
			if duplicateIn(member) {
				return true
			}
		}
	case []any:
		for _, key := range mergeKeys {
			if repeats(v, key) {
				return true
			}
		}
		return slices.ContainsFunc(v, duplicateIn)
	}
	return false
}

func repeats(list []any, key string) bool {
	seen := map[any]bool{}
	for _, item := range list {
		entry, ok := item.(map[string]any)
		if !ok {
			return false
		}
		switch id := entry[key].(type) {
		case string, float64, int64:
			if seen[id] {
				return true
			}
			seen[id] = true
		}
	}
	return false
}
