package operations

import (
	"cmp"
	"fmt"
	"slices"

	kubeconform "github.com/yannh/kubeconform/pkg/resource"
	"github.com/yannh/kubeconform/pkg/validator"
)

type resource struct {
	Kind             string            `json:"kind"`
	APIVersion       string            `json:"apiVersion"`
	ResourceName     string            `json:"resourceName"`
	Namespace        string            `json:"namespace"`
	Status           string            `json:"status"`
	Message          string            `json:"message"`
	ValidationErrors []validationError `json:"validationErrors"`
}

type validationError struct {
	Path    string `json:"path"`
	Message string `json:"message"`
}

// statuses in the spelling of src/engine/api.ts; kubeconform's own reports use the same words.
var statuses = map[validator.Status]string{
	validator.Valid:   "valid",
	validator.Invalid: "invalid",
	validator.Error:   "error",
	validator.Skipped: "skipped",
	validator.Empty:   "empty",
}

// check validates every resource of a blob, those inside a List one by one. It splits with the library's own function
// and not with its stream: that one allocates 4 MB for each document.
func check(v validator.Validator, name string, blob []byte) []resource {
	out := []resource{}
	for len(blob) > 0 {
		advance, token, err := kubeconform.SplitYAMLDocument(blob, true)
		if err != nil || advance == 0 {
			// With the end in sight only a separator in the last line makes no progress: nothing follows it.
			break
		}
		blob = blob[advance:]
		whole := kubeconform.Resource{Path: name, Bytes: token}
		for _, one := range whole.Resources() {
			out = append(out, describe(validateOne(v, one)))
		}
	}
	return out
}

// validateOne turns a panic of the library into a result: a hostile schema spoils its own kind only.
func validateOne(v validator.Validator, one kubeconform.Resource) (result validator.Result) {
	defer func() {
		if p := recover(); p != nil {
			result = validator.Result{Resource: one, Status: validator.Error, Err: fmt.Errorf("the library panicked: %v", p)}
		}
	}()
	return v.ValidateResource(one)
}

func describe(result validator.Result) resource {
	out := resource{Status: statuses[result.Status], ValidationErrors: []validationError{}}
	if result.Err != nil {
		out.Message = result.Err.Error()
	}
	for _, e := range result.ValidationErrors {
		out.ValidationErrors = append(out.ValidationErrors, validationError{Path: e.Path, Message: e.Msg})
	}
	// The schema library walks maps; the same document has to give the same bytes.
	slices.SortFunc(out.ValidationErrors, func(a, b validationError) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Message, b.Message))
	})
	if signature, err := result.Resource.Signature(); err == nil {
		out.Kind, out.APIVersion = signature.Kind, signature.Version
		out.ResourceName, out.Namespace = signature.Name, signature.Namespace
	}
	return out
}
