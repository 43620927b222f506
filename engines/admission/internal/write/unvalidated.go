package write

import (
	"context"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"preadmit.dev/engines/admission/internal/kinds"
)

// unvalidated prepares objects as a strategy does and finds nothing wrong with them. Declarative validation is left
// out too: its interface is not embedded.
type unvalidated struct{ kinds.Strategy }

func (w *writing) strategy(of kinds.Strategy) kinds.Strategy {
	if w.request.Unvalidated {
		return unvalidated{of}
	}
	return of
}

func (unvalidated) Validate(context.Context, runtime.Object) field.ErrorList { return nil }

func (unvalidated) ValidateUpdate(context.Context, runtime.Object, runtime.Object) field.ErrorList {
	return nil
}

func (unvalidated) WarningsOnCreate(context.Context, runtime.Object) []string { return nil }

func (unvalidated) WarningsOnUpdate(context.Context, runtime.Object, runtime.Object) []string {
	return nil
}
