package text

import (
	"fmt"
	"regexp"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"
	"preadmit.dev/engines/abi"
	"preadmit.dev/engines/render/internal/impure"
	"sigs.k8s.io/yaml"
)

type templated struct {
	Text  *string `json:"text,omitempty"`
	Error string  `json:"error,omitempty"`
}

// TemplateOp answers `template`: texts as Argo CD's ApplicationSet controller executes them with goTemplate, with each of
// the sets of parameters.
func TemplateOp(c *abi.Call) (any, error) {
	var r struct {
		Texts   []string         `json:"texts"`
		Sets    []map[string]any `json:"sets"`
		Options []string         `json:"options"`
	}
	if err := c.Decode(&r); err != nil {
		return nil, err
	}
	for _, option := range r.Options {
		if !strings.HasPrefix(option, "missingkey=") {
			return nil, abi.Errorf(abi.Invalid, "unrecognized option: %s", option)
		}
	}
	counted := impure.Count(c, functions)
	sets := make([][]templated, len(r.Sets))
	for i := range sets {
		sets[i] = make([]templated, len(r.Texts))
	}
	for i, text := range r.Texts {
		t, err := compile(text, counted, r.Options)
		for j, parameters := range r.Sets {
			sets[j][i] = execute(t, err, text, parameters)
		}
	}
	return map[string]any{"sets": sets}, nil
}

// compile answers nil for a text without any action.
func compile(text string, counted template.FuncMap, options []string) (t *template.Template, err error) {
	if !strings.Contains(text, "{{") {
		return nil, nil
	}
	// Option panics on a value that it does not know.
	defer func() {
		if p := recover(); p != nil {
			t, err = nil, fmt.Errorf("%v", p)
		}
	}()
	return template.New("").Funcs(functions).Funcs(counted).Option(options...).Parse(text)
}

func execute(t *template.Template, failed error, text string, parameters map[string]any) (result templated) {
	if failed != nil {
		return templated{Error: failed.Error()}
	}
	if t == nil {
		return templated{Text: &text}
	}
	// A function that panics is an error of its template.
	defer func() {
		if p := recover(); p != nil {
			result = templated{Error: fmt.Sprint(p)}
		}
	}()
	var b strings.Builder
	if err := t.Execute(&b, parameters); err != nil {
		return templated{Error: err.Error()}
	}
	written := b.String()
	return templated{Text: &written}
}

// functions are sprig's without those that reach the host, and Argo CD's own (applicationset/utils).
var functions = func() template.FuncMap {
	f := sprig.GenericFuncMap()
	delete(f, "env")
	delete(f, "expandenv")
	delete(f, "getHostByName")
	f["normalize"] = normalize
	f["slugify"] = slugify
	f["toYaml"] = func(v any) (string, error) {
		b, err := yaml.Marshal(v)
		return strings.TrimSuffix(string(b), "\n"), err
	}
	f["fromYaml"] = func(s string) (map[string]any, error) {
		m := map[string]any{}
		return m, yaml.Unmarshal([]byte(s), &m)
	}
	f["fromYamlArray"] = func(s string) ([]any, error) {
		var a []any
		return a, yaml.Unmarshal([]byte(s), &a)
	}
	return template.FuncMap(f)
}()

var (
	notInName = regexp.MustCompile(`[^a-z0-9\-.]`)
	notInSlug = regexp.MustCompile(`[^a-z0-9]+`)
)

// normalize makes a valid DNS subdomain name: lower case, other characters become dashes, at most 253 of them.
func normalize(name string) string {
	name = notInName.ReplaceAllString(strings.ToLower(name), "-")
	if len(name) > 253 {
		name = name[:253]
	}
	return strings.Trim(name, "-.")
}

// slugify makes a name of lower case letters, digits and dashes. Before the text, its last argument, can stand the
// maximum length (50) and whether to cut between words (true). Argo CD normalizes first, so only ASCII is left for the
// package that it takes the rest from (gosimple/slug), and that cuts either before dashes were merged or after it.
// Arguments of other types panic in Argo CD too.
func slugify(args ...any) (string, error) {
	limit, whole, name := 50, true, ""
	for i, arg := range args {
		ok := true
		switch i {
		case len(args) - 1:
			name, ok = arg.(string)
		case 0:
			limit, ok = arg.(int)
		case 1:
			whole, ok = arg.(bool)
		}
		if !ok {
			return "", fmt.Errorf("slugify: argument %d is a %T", i+1, arg)
		}
	}
	if limit < 0 && !whole {
		return "", fmt.Errorf("slugify: %d is no length", limit)
	}
	s := normalize(name)
	if !whole && len(s) >= limit {
		s = s[:limit]
	}
	s = strings.Trim(notInSlug.ReplaceAllString(s, "-"), "-")
	if !whole || limit <= 0 || len(s) <= limit {
		return s, nil
	}
	if at := strings.LastIndexByte(s[:limit+1], '-'); at >= 0 {
		return s[:at], nil
	}
	return s[:limit], nil
}
