package policy

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apiserver/pkg/admission/plugin/cel"
	"preadmit.dev/engines/admission/internal/cluster"
	"preadmit.dev/engines/admission/internal/message"
	"preadmit.dev/engines/admission/internal/release"
	"preadmit.dev/engines/admission/internal/write"
)

// quickCase is a recorded case: a load and what is asked after it.
type quickCase struct {
	cluster  *cluster.Cluster
	policies []*Policy
	set      *Set
	writes   []struct {
		write.Request
		Given
	}
}

func readCase(t *testing.T, file string) *quickCase {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var requests []struct {
		Kubernetes                                                            string
		CustomResourceDefinitions, Namespaces, Policies, Bindings, Parameters []json.RawMessage
		Writes                                                                []struct {
			write.Request
			Given
		}
	}
	if json.Unmarshal(raw, &requests) != nil || len(requests) < 2 || len(requests[0].Policies) == 0 {
		return nil
	}
	load := requests[0]
	if err := release.Emulate(load.Kubernetes); err != nil {
		return nil
	}
	c := &quickCase{cluster: cluster.New()}
	for _, definition := range load.CustomResourceDefinitions {
		_, _ = c.cluster.AddDefinition(definition)
	}
	stored := func(object json.RawMessage) any {
		if result, err := write.Run(c.cluster, write.Request{Operation: write.Create, Object: object}); err == nil {
			return result.New
		}
		return nil
	}
	for _, raw := range load.Namespaces {
		if namespace, ok := stored(raw).(*corev1.Namespace); ok {
			c.cluster.Namespaces[namespace.Name] = namespace
		}
	}
	var bindings []*Binding
	for _, raw := range load.Bindings {
		if binding, ok := stored(raw).(*Binding); ok {
			bindings = append(bindings, binding)
		}
	}
	for _, raw := range load.Policies {
		if definition, ok := stored(raw).(*admissionv1.ValidatingAdmissionPolicy); ok {
			policy, err := Compile(definition, release.Current())
			if err != nil {
				t.Fatal(err)
			}
			c.policies = append(c.policies, policy)
		}
	}
	var secrets message.Secrets
	var parameters []*Parameter
	for _, raw := range load.Parameters {
		if parameter, err := NewParameter(c.cluster, raw, &secrets); err == nil {
			parameters = append(parameters, parameter)
		}
	}
	c.set = NewSet(c.policies, bindings, parameters, secrets)
	for _, request := range requests[1:] {
		c.writes = append(c.writes, request.Writes...)
	}
	return c
}

func eachCase(t *testing.T, with func(t *testing.T, c *quickCase)) {
	files, err := filepath.Glob("../../testdata/cases/*/request.json")
	if err != nil || len(files) < 100 {
		t.Fatalf("%d cases, %v", len(files), err)
	}
	for _, file := range files {
		if c := readCase(t, file); c != nil {
			t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) { with(t, c) })
		}
	}
	if err := release.Emulate("1.37"); err != nil {
		t.Fatal(err)
	}
}

// TestQuickAnswersAreUpstreams asks every recorded case twice, with and without what counts no costs.
func TestQuickAnswersAreUpstreams(t *testing.T) {
	asked, decided := 0, 0
	eachCase(t, func(t *testing.T, c *quickCase) {
		for _, one := range c.writes {
			ask := func() Answer {
				result, err := write.Run(c.cluster, one.Request)
				if err != nil {
					t.Skip(err)
				}
				answer, err := c.set.Evaluate(c.cluster, one.Operation, result, one.Given)
				if err != nil {
					t.Skip(err)
				}
				return answer
			}
			first := ask()
			saved := map[*Policy]*quick{}
			for _, p := range c.policies {
				if p.quick != nil {
					asked++
				}
				saved[p], p.quick = p.quick, nil
			}
			if second := ask(); !reflect.DeepEqual(first, second) {
				t.Errorf("%+v with quick answers, %+v without", first, second)
			}
			for p, q := range saved {
				p.quick = q
			}
			told := map[string]bool{}
			for _, evaluation := range first.Evaluations {
				told[evaluation.Policy] = true
			}
			for _, position := range first.Matched {
				if !told[c.set.Names()[position]] {
					decided++
				}
			}
		}
	})
	if asked < 50 || decided < 5 {
		t.Errorf("only %d policies were asked quickly, %d passed", asked, decided)
	}
}

// TestCostsAreBounded holds that an expression never costs more than the bound under which it is evaluated quickly.
func TestCostsAreBounded(t *testing.T) {
	held := 0
	check := func(t *testing.T, c *cluster.Cluster, p *Policy, result *write.Result, operation string) {
		q := p.quick
		if q == nil || p.definition.Spec.ParamKind != nil {
			return
		}
		s, err := newSubject(c, operation, result, Given{})
		if err != nil {
			return
		}
		attributes, err := s.as(result.Kind)
		if err != nil {
			return
		}
		seen := s.activation(result.Mapping.Resource, attributes, nil)
		if seen == nil || seen.largest > q.largest {
			return
		}
		sizes := bounded{seen.largest, viewsOf(p.definition.Spec.Variables)}
		for _, list := range [][]cel.CompilationResult{q.conditions, q.validations} {
			activation := seen.activation
			if q.variables != nil {
				activation = activation.With(q.variables())
			}
			for _, expression := range list {
				_, details, _ := expression.Program.ContextEval(context.Background(), activation)
				actual := details.ActualCost()
				bound := costOf([][]cel.CompilationResult{{expression}}, sizes)
				if actual == nil || *actual > bound {
					t.Errorf("%s costs %v, more than %d", expression.ExpressionAccessor.GetExpression(), actual, bound)
				}
				held++
			}
		}
	}
	eachCase(t, func(t *testing.T, c *quickCase) {
		for _, one := range c.writes {
			if result, err := write.Run(c.cluster, one.Request); err == nil && result.Undecodable == "" {
				for _, p := range c.policies {
					check(t, c.cluster, p, result, one.Operation)
				}
			}
		}
	})
	for _, expression := range costly {
		c := cluster.New()
		p, err := Compile(&admissionv1.ValidatingAdmissionPolicy{
			ObjectMeta: metav1.ObjectMeta{Name: "p"},
			Spec: admissionv1.ValidatingAdmissionPolicySpec{
				Variables:   []admissionv1.Variable{{Name: "data", Expression: "object.data"}},
				Validations: []admissionv1.Validation{{Expression: expression}},
			},
		}, release.Current())
		if err != nil || p.broken {
			t.Fatalf("%s: %v %v", expression, err, p.faults)
		}
		for _, length := range []int{0, 1, 9, 60, 250, 1000} {
			data := map[string]string{"text": strings.Repeat("ab.", length/3), "b": "10.0.0.0/8", "c": "1.2.3", "d": "2Gi"}
			for i := range length / 10 {
				data[strings.Repeat("k", i+1)] = strings.Repeat("v", i)
			}
			raw, err := json.Marshal(corev1.ConfigMap{
				TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"}, ObjectMeta: metav1.ObjectMeta{Name: "c", Namespace: "n"}, Data: data,
			})
			if err != nil {
				t.Fatal(err)
			}
			result, err := write.Run(c, write.Request{Operation: write.Create, Object: raw})
			if err != nil {
				t.Fatal(err)
			}
			check(t, c, p, result, write.Create)
		}
	}
	if held < 150 {
		t.Errorf("only %d evaluations were held against their bounds", held)
	}
}

// costly walk, join, compare and parse what they read.
var costly = []string{
	`object.data.all(k, object.data.all(l, k == l || object.data[k] != object.data[l] + 'x'))`,
	`object.data.all(k, k.size() < 2000 && object.data[k].matches('^(a|b|v|[.]|[0-9]|/|G|i)*$'))`,
	`variables.data.exists(k, k == 'text' && variables.data[k].contains('b.a'))`,
	`object.data.text.split('.').all(t, t.startsWith('a') || t.lowerAscii() == '')`,
	`object.data.map(k, object.data[k]).join(',').size() < 100000`,
	`object.data.text.replace('ab', 'xyz').indexOf('z') >= -1`,
	`object.data.map(k, k).filter(k, k.endsWith('k')).size() >= 0`,
	`isCIDR(object.data.b) && cidr(object.data.b).containsIP('10.1.2.3') && isSemver(object.data.c)`,
	`isQuantity(object.data.d) && quantity(object.data.d).isGreaterThan(quantity('1Gi'))`,
	`object.data == oldObject || object.data == object.data`,
	`'b' in object.data && object.data.b in ['10.0.0.0/8', 'x'] && object.metadata.name in object.data.map(k, k) || true`,
	`object.?data.?text.orValue('').size() >= 0 && has(object.metadata.namespace)`,
	`object.data.text.find('b+').size() <= 1 && object.data.text.findAll('a').size() >= 0`,
	`object.data.map(k, k).isSorted() || object.data.map(k, k).sum() != 'z' || true`,
	`object.data.transformList(k, v, k + v).all(t, t.size() < 3000)`,
	`request.name.matches('^[a-z]+$') && request.userInfo.groups.all(g, g.contains('system')) || true`,
}
