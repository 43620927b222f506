package write

import (
	"context"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/warning"
)

// What a server draws by chance or reads from its clock has one value here: the same input gives the same bytes.
const fixedUID = types.UID("00000000-0000-4000-8000-000000000001")

var fixedTime = metav1.NewTime(time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC))

// context carries what strategies ask for: declarative validation fails without request info, warnings go to the
// recorder. Strategies ask who writes only to let an administrator pass.
func (w *writing) context(kind schema.GroupVersionKind, verb string, warnings *[]string) context.Context {
	r := w.result
	ctx := request.WithNamespace(context.Background(), r.Namespace)
	ctx = request.WithUser(ctx, administrator)
	ctx = request.WithRequestInfo(ctx, &request.RequestInfo{
		IsResourceRequest: true, Verb: verb, APIPrefix: "apis", APIGroup: kind.Group, APIVersion: kind.Version,
		Resource: r.Mapping.Resource.Resource, Namespace: r.Namespace, Name: r.Name,
	})
	return warning.WithWarningRecorder(ctx, recorder{warnings})
}

var administrator = &user.DefaultInfo{Name: "system:admin", Groups: []string{user.SystemPrivilegedGroup, user.AllAuthenticated}}

type recorder struct{ texts *[]string }

func (r recorder) AddWarning(_, text string) { *r.texts = append(*r.texts, text) }

// identify gives an object what a server gives it before its strategy runs.
func (w *writing) identify(object metav1.Object) {
	object.SetUID(fixedUID)
	object.SetCreationTimestamp(fixedTime)
	object.SetDeletionTimestamp(nil)
	object.SetDeletionGracePeriodSeconds(nil)
	// A server's field manager writes them anew before it validates anything.
	object.SetManagedFields(nil)
	if object.GetName() == "" && object.GetGenerateName() != "" {
		object.SetName(object.GetGenerateName() + generated)
	}
	switch namespaced := w.result.Mapping.Namespaced; {
	case !namespaced:
		// A server drops it before it stores the object, and compares it afterwards.
		object.SetNamespace("")
	case object.GetNamespace() == "":
		object.SetNamespace(w.result.Namespace)
	}
}
