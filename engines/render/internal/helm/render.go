package helm

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
	"helm.sh/helm/v4/pkg/engine"
	release "helm.sh/helm/v4/pkg/release/v1"
	releaseutil "helm.sh/helm/v4/pkg/release/v1/util"
	"preadmit.dev/engines/abi"
)

type request struct {
	Chart                string            `json:"chart"`
	Release              string            `json:"release"`
	Namespace            string            `json:"namespace"`
	ValuesFiles          []string          `json:"valuesFiles"`
	Values               json.RawMessage   `json:"values"`
	SetFile              []string          `json:"setFile"`
	SetString            []string          `json:"setString"`
	Set                  []string          `json:"set"`
	KubeVersion          string            `json:"kubeVersion"`
	APIVersions          []string          `json:"apiVersions"`
	IncludeCRDs          bool              `json:"includeCRDs"`
	SkipTests            bool              `json:"skipTests"`
	SkipHooks            bool              `json:"skipHooks"`
	SkipSchemaValidation bool              `json:"skipSchemaValidation"`
	AnyType              bool              `json:"anyType"`
	Upgrade              bool              `json:"upgrade"`
	PostRendered         postRendered      `json:"postRendered"`
	Overlay              map[string]string `json:"overlay"`

	// Nobody builds dependencies before this render: they are in charts/.
	built bool
}

// maxOutput is the text of all templates together, in bytes: five times what Argo CD accepts of an application.
const maxOutput = 50_000_000

// rendered is what a release consists of, as text.
type rendered struct {
	chart     *chart.Chart
	values    common.Values
	crds      []chart.CRD
	manifests []releaseutil.Manifest
	hooks     []*release.Hook
}

func render(c *abi.Call, r request) (*rendered, error) {
	if r.Release != "" {
		if err := chartutil.ValidateReleaseName(r.Release); err != nil {
			return nil, fmt.Errorf("release %q: %w", r.Release, err)
		}
	}
	values, err := mergeValues(c, r)
	if err != nil {
		return nil, err
	}
	ch, err := loadChart(c.Tree, r.Chart)
	if err != nil {
		return nil, err
	}
	// What the command line refuses, a program that calls pkg/action itself installs.
	if !r.AnyType && ch.Metadata.Type != "" && ch.Metadata.Type != "application" {
		return nil, fmt.Errorf("%s charts are not installable", ch.Metadata.Type)
	}
	if ch.Metadata.Deprecated {
		c.Log("the chart is deprecated")
	}
	if r.built {
		err = checkDependencies(ch)
	} else {
		err = resolveDependencies(c, ch, r.Chart)
	}
	if err != nil {
		return nil, err
	}
	if err := chartutil.ProcessDependencies(ch, values); err != nil {
		return nil, fmt.Errorf("dependencies: %w", err)
	}
	top, err := renderValues(c, ch, values, r)
	if err != nil {
		return nil, err
	}
	files, err := engine.Engine{CustomTemplateFuncs: countImpure(c)}.Render(ch, top)
	if err != nil {
		return nil, err
	}
	if err := checkOutput(files); err != nil {
		return nil, err
	}
	out := &rendered{chart: ch}
	out.values, _ = top.Table("Values")
	hooks, manifests, err := releaseutil.SortManifests(files, nil, releaseutil.InstallOrder)
	if err != nil {
		return nil, err
	}
	out.manifests = manifests
	if r.IncludeCRDs {
		out.crds = ch.CRDObjects()
	}
	if !r.SkipHooks {
		out.hooks = wantedHooks(hooks, r.SkipTests)
	}
	return out, nil
}

func renderValues(c *abi.Call, ch *chart.Chart, values map[string]any, r request) (common.Values, error) {
	capabilities := common.DefaultCapabilities.Copy()
	if r.KubeVersion != "" {
		v, err := common.ParseKubeVersion(r.KubeVersion)
		if err != nil {
			return nil, fmt.Errorf("kube version %q: %w", r.KubeVersion, err)
		}
		capabilities.KubeVersion = *v
	}
	// A copy first: appending would write into Helm's own list.
	capabilities.APIVersions = append(append(common.VersionSet{}, capabilities.APIVersions...), r.APIVersions...)
	if want := ch.Metadata.KubeVersion; want != "" && !chartutil.IsCompatibleRange(want, capabilities.KubeVersion.String()) {
		return nil, fmt.Errorf("chart requires kubeVersion: %s which is incompatible with Kubernetes %s", want, capabilities.KubeVersion.Version)
	}
	options := common.ReleaseOptions{
		Name: r.Release, Namespace: r.Namespace, Revision: 1, IsInstall: !r.Upgrade, IsUpgrade: r.Upgrade,
	}
	if r.Upgrade {
		options.Revision = 2
	}
	util.RemoteSchema = func(url string) ([]byte, error) {
		c.Miss("schema", url)
		return nil, abi.Errorf(abi.Remote, "the values schema refers to %s, which is not in this repository", url)
	}
	top, err := util.ToRenderValuesWithSchemaValidation(ch, values, options, capabilities, r.SkipSchemaValidation)
	if err != nil && len(c.Misses()) > 0 {
		return nil, abi.Errorf(abi.Remote, "%v", err)
	}
	return top, err
}

// checkOutput drops the notes and refuses more text than anything downstream accepts.
func checkOutput(files map[string]string) error {
	total := 0
	for name, text := range files {
		if strings.HasSuffix(name, "NOTES.txt") {
			delete(files, name)
			continue
		}
		total += len(text)
	}
	if total > maxOutput {
		return abi.Errorf(abi.Limit, "the templates made %d bytes, the limit is 50 MB", total)
	}
	return nil
}

func wantedHooks(hooks []*release.Hook, skipTests bool) []*release.Hook {
	if !skipTests {
		return hooks
	}
	var out []*release.Hook
	for _, h := range hooks {
		test := false
		for _, event := range h.Events {
			test = test || event == release.HookTest
		}
		if !test {
			out = append(out, h)
		}
	}
	return out
}

// asError keeps codes and maps the rest of Helm's errors.
func asError(err error) error {
	var known *abi.Error
	if errors.As(err, &known) {
		return known
	}
	return abi.Errorf(abi.Invalid, "%s", strings.TrimSpace(withoutRepeats(err.Error())))
}

// withoutRepeats names each level of a recursion once: Helm allows a thousand of them and lists them all.
func withoutRepeats(message string) string {
	const step = "error calling include: "
	levels := strings.Split(message, step)
	return strings.Join(slices.Compact(levels), step)
}
