package write

import (
	"context"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/kubernetes/pkg/apis/certificates"
	"k8s.io/kubernetes/plugin/pkg/admission/certificates/subjectrestriction"
)

// restrictedSubject refuses what the plugin CertificateSubjectRestriction, which every server runs by default, refuses of a
// created request: the group system:masters from the signer of clients.
func restrictedSubject(object runtime.Object) []Finding {
	request, ok := object.(*certificates.CertificateSigningRequest)
	if !ok {
		return nil
	}
	attributes := admission.NewAttributesRecord(
		request, nil, certificates.Kind("CertificateSigningRequest").WithVersion("v1"), "", request.Name,
		certificates.Resource("certificatesigningrequests").WithVersion("v1"), "", admission.Create, nil, false, nil,
	)
	if err := subjectrestriction.NewPlugin().Validate(context.Background(), attributes, nil); err != nil {
		return []Finding{{Stage: Validate, Field: "spec.request", Reason: "FieldValueForbidden", Message: err.Error()}}
	}
	return nil
}
