// Package write does with an object what an API server does before it stores it: decode, default, convert, prepare,
// validate and warn. Storage, webhooks and quota have no part in it.
package write

import (
	"encoding/json"
	"fmt"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"preadmit.dev/engines/admission/internal/cluster"
	"preadmit.dev/engines/admission/internal/kinds"
	"preadmit.dev/engines/admission/internal/message"
	"preadmit.dev/engines/admission/internal/part"
)

// Operations of a Request.
const (
	Create = "CREATE"
	Update = "UPDATE"
	Delete = "DELETE"
)

// Values of Request.Apply: a patch that a client computed from the old manifest (kubectl apply), or a server-side apply
// with force.
const (
	Client = "client"
	Server = "server"
)

// Request is one write of the host: CREATE has no old object, DELETE no object.
type Request struct {
	Operation string          `json:"operation"`
	Object    json.RawMessage `json:"object,omitempty"`
	Old       json.RawMessage `json:"old,omitempty"`
	// Namespace is where namespaced objects go that name none.
	Namespace string `json:"namespace"`
	// Apply says how the object is written; empty where nobody knows.
	Apply string `json:"apply,omitempty"`
	// AsGiven leaves objects as the manifests give them, without types and defaults.
	AsGiven bool `json:"asGiven,omitempty"`
	// Unvalidated leaves out what the registry's strategies say of the object: only what becomes of it is wanted.
	Unvalidated bool `json:"-"`
}

// Result is what an API server has in its hands when its admission plugins are asked.
type Result struct {
	Kind    schema.GroupVersionKind
	Mapping cluster.Mapping
	// Namespace and Name of the object; Namespace is empty for cluster-scoped kinds, Name for generated names.
	Namespace, Name string
	// New and Old are versioned, defaulted objects; New is nil on DELETE, Old on CREATE. Kinds that are not known
	// are as the manifest gives them.
	New, Old runtime.Object
	// Unknown says why there are no types for the kind; Undecodable why New is as the manifest gives it although
	// there are.
	Unknown, Undecodable string
	// Findings sorted: a server makes those of maps in an order of chance.
	Findings []Finding
	// Secrets are the values that no message may hold.
	Secrets *message.Secrets
}

// head is what must be known before an object is decoded. Metadata of the wrong shape is the decoder's business.
type head struct {
	kind            schema.GroupVersionKind
	name, namespace string
	// manifest is the object taken apart; nil when that needs care.
	manifest *part.Manifest
}

func headOf(raw json.RawMessage) (head, error) {
	if manifest, ok := part.Split(raw); ok {
		version, plainVersion := manifest.Text("apiVersion")
		kind, plainKind := manifest.Text("kind")
		_, plainMetadata := manifest.Text("metadata")
		if metadata, ok := manifest.Within("metadata"); ok && plainVersion && plainKind && plainMetadata {
			name, plainName := metadata.Text("name")
			namespace, plainNamespace := metadata.Text("namespace")
			if plainName && plainNamespace {
				return head{schema.FromAPIVersionAndKind(version, kind), name, namespace, &manifest}, nil
			}
		}
	}
	return headWithCare(raw)
}

func headWithCare(raw json.RawMessage) (head, error) {
	var loose struct {
		APIVersion any             `json:"apiVersion"`
		Kind       any             `json:"kind"`
		Metadata   json.RawMessage `json:"metadata"`
	}
	if err := json.Unmarshal(raw, &loose); err != nil {
		return head{}, fmt.Errorf("the object is no JSON object: %w", err)
	}
	version, _ := loose.APIVersion.(string)
	kind, _ := loose.Kind.(string)
	var metadata struct {
		Name      any `json:"name"`
		Namespace any `json:"namespace"`
	}
	if len(loose.Metadata) > 0 {
		// No object: no name.
		_ = json.Unmarshal(loose.Metadata, &metadata)
	}
	name, _ := metadata.Name.(string)
	namespace, _ := metadata.Namespace.(string)
	return head{schema.FromAPIVersionAndKind(version, kind), name, namespace, nil}, nil
}

// Run carries a write out. An error means that the request itself makes no sense.
func Run(c *cluster.Cluster, request Request) (*Result, error) {
	subject := request.Object
	switch request.Operation {
	case Create:
		request.Old = nil
	case Update:
		if len(request.Old) == 0 {
			return nil, fmt.Errorf("UPDATE needs old")
		}
	case Delete:
		subject, request.Object = request.Old, nil
	default:
		return nil, fmt.Errorf("operation %q is none of CREATE, UPDATE, DELETE", request.Operation)
	}
	if request.Apply != "" && request.Apply != Client && request.Apply != Server {
		return nil, fmt.Errorf("apply %q is none of client, server", request.Apply)
	}
	if len(subject) == 0 {
		return nil, fmt.Errorf("%s needs an object", request.Operation)
	}
	h, err := headOf(subject)
	if err != nil {
		return nil, err
	}
	result := &Result{Kind: h.kind, Mapping: c.Map(h.kind), Secrets: secretsOf(request, h.kind), Name: h.name}
	result.Namespace = namespaceOf(h, request, result.Mapping)
	w := &writing{cluster: c, request: request, result: result, manifest: h.manifest}
	w.run()
	result.Findings = finish(result)
	return result, nil
}

// Panicked begins the finding of a write in which upstream's code failed: it could not be judged.
const Panicked = "the engine failed: "

// generated stands for the suffix that a server draws for generateName; its length is the server's.
const generated = "x7k2p"

func namespaceOf(h head, request Request, mapping cluster.Mapping) string {
	switch {
	case !mapping.Namespaced:
		return ""
	case h.namespace != "":
		return h.namespace
	case request.Namespace != "":
		return request.Namespace
	}
	return "default"
}

func secretsOf(request Request, kind schema.GroupVersionKind) *message.Secrets {
	secrets := &message.Secrets{}
	if kind.Group != "" || kind.Kind != "Secret" {
		return secrets
	}
	for _, raw := range []json.RawMessage{request.Object, request.Old} {
		var object map[string]any
		if len(raw) > 0 && json.Unmarshal(raw, &object) == nil {
			secrets.Collect(object)
		}
	}
	return secrets
}

// writing is one Run.
type writing struct {
	cluster *cluster.Cluster
	request Request
	result  *Result
	// manifest and old are the objects taken apart; nil when that needs care, and old also when the decoder had
	// something against it.
	manifest, old *part.Manifest
}

func (w *writing) run() {
	r := w.result
	// One object must not take the answers of a whole batch away.
	defer func() {
		if p := recover(); p != nil {
			r.Unknown = fmt.Sprintf("%s%v", Panicked, p)
			w.add(Finding{Stage: Internal, Message: r.Unknown})
			w.asGiven()
		}
	}()
	if w.request.AsGiven {
		w.asGiven()
		return
	}
	if r.Kind.GroupKind() == cluster.DefinitionKind.GroupKind() {
		w.definition()
		return
	}
	if builtin, ok := kinds.Builtin(r.Kind.GroupKind()); ok {
		w.builtin(builtin)
		return
	}
	if custom, ok := w.cluster.Custom[r.Kind]; ok {
		w.custom(custom)
		return
	}
	w.unknown()
}

func (w *writing) add(findings ...Finding) {
	w.result.Findings = append(w.result.Findings, findings...)
}
