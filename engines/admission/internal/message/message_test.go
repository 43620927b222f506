package message

import (
	"strings"
	"testing"
)

func TestShorten(t *testing.T) {
	long := strings.Repeat("x", 300)
	for name, c := range map[string]struct{ in, want string }{
		"short stays": {
			`Invalid value: "a: b": must not`, `Invalid value: "a: b": must not`},
		"no value": {
			`field is immutable`, `field is immutable`},
		"JSON with colons": {
			`Invalid value: {"a":"` + long + `"}: field is immutable`,
			`Invalid value: {"a":"` + long[:longestValue/2-6] + `…: field is immutable`},
		"Go value": {
			`Invalid value: core.Spec{A:"} ` + long + `", B: []string(nil)}: field is immutable`,
			`Invalid value: core.Spec{A:"} ` + long[:longestValue/2-15] + `…: field is immutable`},
		"a number in structured-merge-diff's own struct": {
			`expected string, got &value.valueUnstructured{Value:4711}`, `expected string, got a number`},
		"a list in it": {
			`expected string, got &value.valueUnstructured{Value:[]interface {}{"hunter2"}}`,
			`expected string, got a list`},
		"a map in it":  {`expected list, got &{map[a:hunter2]}`, `expected list, got a map`},
		"a text in it": {"expected map, got &{hunter2\n}", `expected map, got a string`},
		"unsupported value": {
			`Unsupported value: "` + long + `": supported values: "a"`,
			`Unsupported value: "` + long[:longestValue/2-1] + `…: supported values: "a"`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Shorten(c.in); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestWithoutValue(t *testing.T) {
	if got := WithoutValue(`Invalid value: "hunter2": too short`); got != `Invalid value: (hidden): too short` {
		t.Error(got)
	}
}

func TestHide(t *testing.T) {
	secret := func(name string, entries map[string]any) map[string]any {
		return map[string]any{"apiVersion": "v1", "kind": "Secret", name: entries}
	}
	for name, c := range map[string]struct {
		object   map[string]any
		in, want string
	}{
		"encoded and decoded": {
			secret("data", map[string]any{"a": "aHVudGVyMg=="}), "aHVudGVyMg== hunter2", "(hidden) (hidden)"},
		"plain and encoded": {
			secret("stringData", map[string]any{"a": "hunter2"}), "xhunter2x aHVudGVyMg==", "x(hidden)x (hidden)"},
		"trimmed": {
			secret("stringData", map[string]any{"a": "hunter2\n"}), "hunter2", "(hidden)"},
		"short values as words only": {
			secret("stringData", map[string]any{"a": "in"}), "in line: 'in'", "(hidden) line: '(hidden)'"},
		"short values that are no text": {
			secret("data", map[string]any{"a": "100m"}), "100m, or \xd7M& of it", "(hidden), or (hidden) of it"},
		"longest first": {
			secret("stringData", map[string]any{"a": "hunt", "b": "hunter2"}), "hunter2 hunt", "(hidden) (hidden)"},
		"no Secret": {
			map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "data": map[string]any{"a": "hunter2"}}, "hunter2", "hunter2"},
	} {
		t.Run(name, func(t *testing.T) {
			var s Secrets
			s.Collect(c.object)
			if got := s.Hide(c.in); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
