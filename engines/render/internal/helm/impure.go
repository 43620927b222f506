package helm

import (
	"text/template"

	"github.com/Masterminds/sprig/v3"
	"preadmit.dev/engines/abi"
	"preadmit.dev/engines/render/internal/impure"
)

// countImpure counts what differs from run to run, and answers lookup and getHostByName as Helm does without a cluster
// and without DNS.
func countImpure(c *abi.Call) template.FuncMap {
	functions := impure.Count(c, sprig.TxtFuncMap())
	functions["lookup"] = func(string, string, string, string) (map[string]any, error) {
		c.Impure("lookup")
		return map[string]any{}, nil
	}
	functions["getHostByName"] = func(string) string {
		c.Impure("dns")
		return ""
	}
	return functions
}
