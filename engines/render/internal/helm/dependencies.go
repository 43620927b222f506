package helm

import (
	"path"
	"strings"

	"github.com/Masterminds/semver/v3"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"preadmit.dev/engines/abi"
	"preadmit.dev/engines/abi/tree"
)

// resolveDependencies does what `helm dependency build` would do from files: a dependency that is not in charts/ is
// taken from its file:// repository. Others are missed. Like Helm it does not look at dependencies of dependencies,
// neither here nor when it checks that all are there.
func resolveDependencies(c *abi.Call, ch *chart.Chart, at string) error {
	have := map[string]bool{}
	for _, d := range ch.Dependencies() {
		have[d.Name()] = true
	}
	var missing []string
	for _, d := range ch.Metadata.Dependencies {
		if d == nil || have[d.Name] {
			continue
		}
		if local, ok := strings.CutPrefix(d.Repository, "file://"); ok {
			sub, err := loadLocal(c.Tree, d, at, local)
			if err != nil {
				return err
			}
			ch.AddDependency(sub)
			have[d.Name] = true
			continue
		}
		if d.Repository == "" {
			return abi.Errorf(abi.MissingFile, "directory %s not found", path.Join(at, "charts", d.Name))
		}
		c.Miss("chart", strings.TrimSpace(d.Name+" "+d.Version+" "+d.Repository))
		missing = append(missing, d.Name)
	}
	if len(missing) > 0 {
		return abi.Errorf(abi.Remote, "found in Chart.yaml, but missing in charts/ directory: %s", strings.Join(missing, ", "))
	}
	return nil
}

// checkDependencies is what the command line asks for before it renders.
func checkDependencies(ch *chart.Chart) error {
	have := map[string]bool{}
	for _, d := range ch.Dependencies() {
		have[d.Name()] = true
	}
	var missing []string
	for _, d := range ch.Metadata.Dependencies {
		if d != nil && !have[d.Name] {
			missing = append(missing, d.Name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return abi.Errorf(abi.Invalid, "an error occurred while checking for chart dependencies. You may need to run 'helm dependency build' to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: %s", strings.Join(missing, ", "))
}

// loadLocal reads a chart at a path relative to the one that needs it, and holds its version against the constraint.
func loadLocal(t *tree.Tree, d *chart.Dependency, at, local string) (*chart.Chart, error) {
	place := path.Join(at, local)
	if _, ok := tree.Clean(place); !ok || path.IsAbs(local) {
		return nil, abi.Errorf(abi.OutsideRoot, "the dependency %s is outside the repository: %s", d.Name, d.Repository)
	}
	sub, err := loadChart(t, place)
	if err != nil {
		return nil, err
	}
	constraint, err := semver.NewConstraint(d.Version)
	if err != nil {
		return nil, abi.Errorf(abi.Invalid, "dependency %s has an invalid version/constraint format: %v", d.Name, err)
	}
	version, err := semver.NewVersion(sub.Metadata.Version)
	if err != nil {
		return nil, abi.Errorf(abi.Invalid, "%s: version %q: %v", place, sub.Metadata.Version, err)
	}
	if !constraint.Check(version) {
		return nil, abi.Errorf(abi.Invalid, "the dependency %s wants version %q, but %s has %s", d.Name, d.Version, place, version)
	}
	return sub, nil
}
