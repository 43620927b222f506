package kinds

import (
	"k8s.io/apimachinery/pkg/runtime/schema"
	_ "k8s.io/kubernetes/pkg/apis/certificates/install"
	"k8s.io/kubernetes/pkg/registry/certificates/certificates"
	"k8s.io/kubernetes/pkg/registry/certificates/clustertrustbundle"
	"k8s.io/kubernetes/pkg/registry/certificates/podcertificaterequest"
)

var certificatesKinds = []Kind{
	{schema.GroupKind{Group: "certificates.k8s.io", Kind: "CertificateSigningRequest"}, "certificatesigningrequests", certificates.Strategy},
	{schema.GroupKind{Group: "certificates.k8s.io", Kind: "ClusterTrustBundle"}, "clustertrustbundles", clustertrustbundle.Strategy},
	{schema.GroupKind{Group: "certificates.k8s.io", Kind: "PodCertificateRequest"}, "podcertificaterequests", podcertificaterequest.NewStrategy()},
}
