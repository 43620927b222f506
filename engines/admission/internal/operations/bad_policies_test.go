package operations

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// badPolicies are specifications that nobody should publish, with the state that each must end in and a part of what
// is said of it. None is ever a pass.
var badPolicies = map[string]struct {
	spec    map[string]any
	outcome string
	says    string
}{
	"syntax":            {validation("object.spec.replicas <= "), "error", "Syntax error"},
	"unknown-function":  {validation("object.frobnicate()"), "error", "undeclared reference"},
	"wrong-type":        {validation("'text'"), "error", "must evaluate to bool"},
	"dynamic-type":      {validation("object.metadata.name"), "error", "must evaluate to bool but got dyn"},
	"missing-field":     {validation("object.spec.none == 1"), "error", "no such key: none"},
	"over-budget":       {validation(nested(6)), "error", "cost limit exceeded"},
	"endless":           {validation(nested(9)), "error", "cost limit exceeded"},
	"growing-text":      {validation(growing), "error", "cost limit exceeded"},
	"deep":              {validation(strings.Repeat("(", 600) + "true" + strings.Repeat(")", 600)), "error", "compilation"},
	"long":              {validation(strings.Repeat("true && ", 20_000) + "true"), "error", "compilation"},
	"variable-loop":     {with(validation("variables.a"), "variables", []any{variable("a", "variables.b"), variable("b", "variables.a")}), "error", "must evaluate to bool but got dyn"},
	"missing-parameter": {with(validation("params.data.max == '1'"), "paramKind", map[string]any{"apiVersion": "v1", "kind": "ConfigMap"}), "error", "no params found"},
	"condition":         {with(validation("true"), "matchConditions", []any{map[string]any{"name": "c", "expression": "object.none.such == 1"}}), "error", "no such key"},
	"long-message":      {validation("false", "message", strings.Repeat("x", 10<<20)), "fail", "xxx"},
	"long-text":         {validation("false", "messageExpression", "'"+strings.Repeat("x", 9000)+"'"), "fail", "failed expression"},
	"broken-message":    {validation("false", "messageExpression", "object.none.such"), "fail", "failed expression"},
	"annotation":        {with(validation("true"), "auditAnnotations", []any{map[string]any{"key": "k", "valueExpression": "string(object.none.such)"}}), "error", "no such key"},
}

const growing = `['a','b','c','d','e','f','g','h','i','j'].map(a, ['a','b','c','d','e','f','g','h','i','j'].map(b, ['a','b','c','d','e','f','g','h','i','j'].map(c, ['a','b','c','d','e','f','g','h','i','j'].map(d, ['a','b','c','d','e','f','g','h','i','j'].map(e, a+b+c+d+e).join('')).join('')).join('')).join('')).join('').size() > 0`

func validation(expression string, more ...string) map[string]any {
	v := map[string]any{"expression": expression}
	for i := 0; i+1 < len(more); i += 2 {
		v[more[i]] = more[i+1]
	}
	return map[string]any{"validations": []any{v}}
}

func with(spec map[string]any, key string, value any) map[string]any {
	spec[key] = value
	return spec
}

func variable(name, expression string) map[string]any {
	return map[string]any{"name": name, "expression": expression}
}

// nested walks ten entries within ten within ten.
func nested(depth int) string {
	text := "true"
	for i := range depth {
		text = fmt.Sprintf("[0,1,2,3,4,5,6,7,8,9].all(v%d, %s)", i, text)
	}
	return text
}

// TestBadPolicies loads all of them beside a good one: each ends in its state, in time, and the good one still judges.
func TestBadPolicies(t *testing.T) {
	ops := New()
	var policies, bindings []any
	add := func(name string, spec map[string]any) {
		spec["matchConstraints"] = map[string]any{"resourceRules": []any{map[string]any{
			"apiGroups": []any{"apps"}, "apiVersions": []any{"v1"}, "operations": []any{"*"}, "resources": []any{"deployments"},
		}}}
		policies = append(policies, map[string]any{
			"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy",
			"metadata": map[string]any{"name": name}, "spec": spec,
		})
		binding := map[string]any{"policyName": name, "validationActions": []any{"Deny"}}
		if spec["paramKind"] != nil {
			binding["paramRef"] = map[string]any{"name": "none", "namespace": "shop", "parameterNotFoundAction": "Deny"}
		}
		bindings = append(bindings, map[string]any{
			"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding",
			"metadata": map[string]any{"name": name}, "spec": binding,
		})
	}
	for name, bad := range badPolicies {
		add(name, bad.spec)
	}
	add("good", validation("object.spec.replicas == 1", "message", "one, please"))
	_, object := edited(t, func(spec, _ map[string]any) { spec["replicas"] = 3 })
	began := time.Now()
	ask(t, ops, map[string]any{"op": "load", "kubernetes": "1.37", "policies": policies, "bindings": bindings}, nil)
	var result struct {
		Evaluations []struct{ Policy, Outcome, Message string }
	}
	ask(t, ops, map[string]any{"op": "policy.evaluate", "writes": []any{map[string]any{
		"operation": "CREATE", "object": object, "namespace": "shop",
	}}}, &result)
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("took %s", took)
	}
	said := map[string]string{}
	for _, evaluation := range result.Evaluations {
		if len(evaluation.Message) > 16<<10 {
			t.Errorf("%s: a message of %d bytes", evaluation.Policy, len(evaluation.Message))
		}
		said[evaluation.Policy] += evaluation.Outcome + ": " + evaluation.Message + "\n"
	}
	for name, bad := range badPolicies {
		if !strings.HasPrefix(said[name], bad.outcome+": ") || !strings.Contains(said[name], bad.says) {
			t.Errorf("%s: want %s with %q, is %.300q", name, bad.outcome, bad.says, said[name])
		}
	}
	if said["good"] != "fail: one, please\n" {
		t.Errorf("the good policy says %q", said["good"])
	}
}
