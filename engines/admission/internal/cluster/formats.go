package cluster

import (
	"slices"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/util/version"
	"k8s.io/apiserver/pkg/cel/environment"
	"k8s.io/kube-openapi/pkg/validation/spec"
	"preadmit.dev/engines/admission/internal/release"
)

// checksNumberFormats is the first minor that checks the range of `format: int32` and the like in custom resources:
// StripUnsupportedFormatsPostProcessorForVersion of apiextensions-apiserver keeps formats of numbers since 0.36 and
// stripped them in 0.35. No feature gate tells, so emulation does not follow.
var checksNumberFormats = version.MajorMinor(1, 36)

// newSchemaValidator is NewSchemaValidator of apiextensions-apiserver for the minor that is answered for.
func newSchemaValidator(schema *apiextensions.JSONSchemaProps) (validation.SchemaValidator, error) {
	if release.Current().AtLeast(checksNumberFormats) {
		validator, _, err := validation.NewSchemaValidator(schema)
		return validator, err
	}
	strip := validation.StripUnsupportedFormatsPostProcessorForVersion(environment.DefaultCompatibilityVersion())
	converted := &spec.Schema{}
	err := validation.ConvertJSONSchemaPropsWithPostProcess(schema, converted, func(s *spec.Schema) error {
		if slices.Contains(s.Type, "integer") || slices.Contains(s.Type, "number") {
			s.Format = ""
		}
		return strip(s)
	})
	if err != nil {
		return nil, err
	}
	return validation.NewSchemaValidatorFromOpenAPI(converted), nil
}
