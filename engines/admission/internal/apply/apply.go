// Package apply is what an API server does with a server-side apply before its strategies see the object: it types the
// manifest, merges it into the stored object and takes away what its manager no longer says.
package apply

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
	"sigs.k8s.io/structured-merge-diff/v6/merge"
	"sigs.k8s.io/structured-merge-diff/v6/typed"
)

// manager is who applied the old manifest and applies the new one; nobody else owns a field.
const manager = "gitops"

// Converter types objects: a schema says which lists are maps, sets or atoms.
type Converter interface {
	ObjectToTyped(runtime.Object, ...typed.ValidationOptions) (*typed.TypedValue, error)
}

// Problem is a reason why a manifest cannot be applied, with the path as people write it.
type Problem struct{ Field, Message string }

// Problems of typing a manifest: unknown fields, wrong types, duplicate keys. Create and update accept duplicate keys of
// most lists.
func Problems(types Converter, manifest *unstructured.Unstructured) []Problem {
	_, err := types.ObjectToTyped(manifest)
	if err != nil {
		// Upstream walks Go's maps as they come and gives up at an unknown field: what it says would differ from run to
		// run.
		typed.InOrder = true
		defer func() { typed.InOrder = false }()
		_, err = types.ObjectToTyped(manifest)
	}
	return problemsOf(err)
}

func problemsOf(err error) []Problem {
	if err == nil {
		return nil
	}
	list, ok := err.(typed.ValidationErrors)
	if !ok {
		return []Problem{{Message: err.Error()}}
	}
	problems := make([]Problem, 0, len(list))
	for _, e := range list {
		problems = append(problems, Problem{strings.TrimPrefix(e.Path, "."), e.ErrorMessage})
	}
	return problems
}

// Merge applies a manifest to a stored object whose fields the same manager applied with the old manifest. The
// conflicts of other managers are forced, as GitOps tools do. All are of one version.
func Merge(types Converter, old, manifest, live *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	stored, config, err := typedSides(types, manifest, live)
	if err != nil {
		return nil, err
	}
	version := fieldpath.APIVersion(manifest.GetAPIVersion())
	merged, _, err := updater.Apply(stored, config, version, owned(types, old, version), manager, true)
	if err != nil {
		return nil, err
	}
	return untyped(merged)
}

// Grow is Merge for a manifest that still says everything that the old one said, so that its manager gives nothing up:
// what Apply of structured-merge-diff does before it prunes.
func Grow(types Converter, manifest, live *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	stored, config, err := typedSides(types, manifest, live)
	if err != nil {
		return nil, err
	}
	merged, err := stored.Merge(config)
	if err != nil {
		return nil, err
	}
	return untyped(merged)
}

func typedSides(types Converter, manifest, live *unstructured.Unstructured) (stored, config *typed.TypedValue, err error) {
	if config, err = types.ObjectToTyped(manifest); err != nil {
		return nil, nil, err
	}
	stored, err = types.ObjectToTyped(live, typed.AllowDuplicates)
	return stored, config, err
}

func untyped(merged *typed.TypedValue) (*unstructured.Unstructured, error) {
	object, ok := merged.AsValue().Unstructured().(map[string]any)
	if !ok {
		return nil, fmt.Errorf("the merged object is a %T", merged.AsValue().Unstructured())
	}
	return &unstructured.Unstructured{Object: object}, nil
}

// owned are the fields that the old manifest gave the manager; none when a server cannot have applied it.
func owned(types Converter, old *unstructured.Unstructured, version fieldpath.APIVersion) fieldpath.ManagedFields {
	before, err := types.ObjectToTyped(old)
	if err != nil {
		return fieldpath.ManagedFields{}
	}
	set, err := before.ToFieldSet()
	if err != nil {
		return fieldpath.ManagedFields{}
	}
	return fieldpath.ManagedFields{manager: fieldpath.NewVersionedSet(set.Difference(never), version, true)}
}

// never are the fields that nobody owns: NewStripMetaManager of apimachinery's managedfields.
var never = fieldpath.NewSet(
	fieldpath.MakePathOrDie("apiVersion"),
	fieldpath.MakePathOrDie("kind"),
	fieldpath.MakePathOrDie("metadata"),
	fieldpath.MakePathOrDie("metadata", "name"),
	fieldpath.MakePathOrDie("metadata", "namespace"),
	fieldpath.MakePathOrDie("metadata", "creationTimestamp"),
	fieldpath.MakePathOrDie("metadata", "selfLink"),
	fieldpath.MakePathOrDie("metadata", "uid"),
	fieldpath.MakePathOrDie("metadata", "clusterName"),
	fieldpath.MakePathOrDie("metadata", "generation"),
	fieldpath.MakePathOrDie("metadata", "managedFields"),
	fieldpath.MakePathOrDie("metadata", "resourceVersion"),
)

var updater = newUpdater()

func newUpdater() *merge.Updater {
	builder := merge.UpdaterBuilder{Converter: sameVersion{}, ReturnInputOnNoop: true}
	return builder.BuildUpdater()
}

// sameVersion converts nothing: callers see to it that all values are of one version.
type sameVersion struct{}

func (sameVersion) Convert(object *typed.TypedValue, _ fieldpath.APIVersion) (*typed.TypedValue, error) {
	return object, nil
}

func (sameVersion) IsMissingVersionError(error) bool { return false }
