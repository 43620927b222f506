package operations

import (
	"fmt"
	"testing"
)

// expressions are of the size that people write; every policy takes one of them.
var expressions = []string{
	`object.spec.template.spec.containers.all(c, has(c.resources) && has(c.resources.limits) && 'memory' in c.resources.limits)`,
	`object.spec.template.spec.containers.all(c, !c.image.endsWith(':latest') && c.image.contains(':'))`,
	`has(object.metadata.labels) && 'app' in object.metadata.labels && object.metadata.labels['app'].matches('^[a-z0-9-]+$')`,
	`variables.containers.all(c, !has(c.securityContext) || !has(c.securityContext.privileged) || !c.securityContext.privileged)`,
	`!has(object.spec.replicas) || object.spec.replicas <= 50`,
	`object.spec.template.spec.containers.all(c, c.name.size() <= 63 && (!has(c.ports) || c.ports.all(p, p.containerPort > 80)))`,
	`object.metadata.name.size() <= 52 && !object.metadata.name.startsWith('kube-')`,
	`request.namespace != 'kube-system' || request.userInfo.username.startsWith('system:')`,
}

func speedLoad(policies int) map[string]any {
	var definitions, bindings []any
	for i := range policies {
		name := fmt.Sprintf("p%03d", i)
		definitions = append(definitions, map[string]any{
			"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy",
			"metadata": map[string]any{"name": name},
			"spec": map[string]any{
				"matchConstraints": map[string]any{"resourceRules": []any{map[string]any{
					"apiGroups": []any{"apps"}, "apiVersions": []any{"v1"}, "operations": []any{"CREATE", "UPDATE"}, "resources": []any{"deployments"},
				}}},
				"variables":   []any{map[string]any{"name": "containers", "expression": "object.spec.template.spec.containers"}},
				"validations": []any{map[string]any{"expression": expressions[i%len(expressions)], "message": "no"}},
			},
		})
		bindings = append(bindings, map[string]any{
			"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding",
			"metadata": map[string]any{"name": name}, "spec": map[string]any{"policyName": name, "validationActions": []any{"Deny"}},
		})
	}
	return map[string]any{"op": "load", "kubernetes": "1.37", "policies": definitions, "bindings": bindings}
}

func BenchmarkPolicies(b *testing.B) {
	b.Run("load/200", func(b *testing.B) {
		ops, load := New(), speedLoad(200)
		for b.Loop() {
			ask(b, ops, load, nil)
		}
	})
	b.Run("evaluate/200x100", func(b *testing.B) {
		ops := New()
		ask(b, ops, speedLoad(200), nil)
		var writes []any
		var object map[string]any
		readJSON(b, deployment, &object)
		for range 100 {
			writes = append(writes, map[string]any{"operation": "CREATE", "object": object, "namespace": "shop"})
		}
		request := map[string]any{"op": "policy.evaluate", "writes": writes}
		for b.Loop() {
			ask(b, ops, request, nil)
		}
	})
}
