// Package podsecurity evaluates the Pod Security Standards with upstream's checks, on pods and on everything that
// makes pods. The admission plugin enforces on pods only and warns on the rest; a pull request holds hardly any pods,
// so every mode is evaluated on both and the host decides what to make of it.
package podsecurity

import (
	"fmt"

	"k8s.io/apimachinery/pkg/util/version"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"preadmit.dev/engines/admission/internal/write"
)

// Defaults apply where the labels of a namespace say nothing; empty levels are privileged, an empty version is latest.
type Defaults struct {
	Enforce string `json:"enforce"`
	Warn    string `json:"warn"`
	Audit   string `json:"audit"`
	Version string `json:"version"`
}

// Policy reads the defaults. Unknown levels and versions are errors.
func (d Defaults) Policy() (api.Policy, error) {
	standard := api.LatestVersion()
	if d.Version != "" {
		var err error
		if standard, err = api.ParseVersion(d.Version); err != nil {
			return api.Policy{}, fmt.Errorf("defaults.version: %w", err)
		}
	}
	var p api.Policy
	for _, mode := range []struct {
		name, level string
		to          *api.LevelVersion
	}{{"enforce", d.Enforce, &p.Enforce}, {"warn", d.Warn, &p.Warn}, {"audit", d.Audit, &p.Audit}} {
		mode.to.Level, mode.to.Version = api.LevelPrivileged, standard
		if mode.level == "" {
			continue
		}
		level, err := api.ParseLevel(mode.level)
		if err != nil {
			return p, fmt.Errorf("defaults.%s: %w", mode.name, err)
		}
		mode.to.Level = level
	}
	return p, nil
}

// Standard is what a policy set asks for, whatever labels say.
type Standard struct {
	Level   string `json:"level"`
	Version string `json:"version"`
}

// LevelVersion reads a standard; an absent version is latest. Unknown levels and versions are errors.
func (s Standard) LevelVersion() (api.LevelVersion, error) {
	level, err := api.ParseLevel(s.Level)
	if err != nil {
		return api.LevelVersion{}, err
	}
	version := api.LatestVersion()
	if s.Version != "" {
		if version, err = api.ParseVersion(s.Version); err != nil {
			return api.LevelVersion{}, err
		}
	}
	return api.LevelVersion{Level: level, Version: version}, nil
}

// StandardViolation is a standard that a write does not meet, as src/engine/api.ts describes it.
type StandardViolation struct {
	Write    int     `json:"write"`
	Standard int     `json:"standard"`
	Level    string  `json:"level"`
	Version  string  `json:"version"`
	Checks   []Check `json:"checks"`
}

// Violation is a level that a write does not meet, as src/engine/api.ts describes it.
type Violation struct {
	Write   int     `json:"write"`
	Mode    string  `json:"mode"`
	Level   string  `json:"level"`
	Version string  `json:"version"`
	Checks  []Check `json:"checks"`
}

// Check is one failed check of upstream.
type Check struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
	Detail string `json:"detail"`
}

// Evaluator holds the checks of one minor.
type Evaluator struct {
	upstream policy.Evaluator
	failed   []string
}

// NewEvaluator takes the checks that a server of that minor has.
func NewEvaluator(minor *version.Version) (*Evaluator, error) {
	e := &Evaluator{}
	newest := api.MajorMinorVersion(int(minor.Major()), int(minor.Minor()))
	upstream, err := policy.NewEvaluator(e.recorded(policy.DefaultChecks()), &newest)
	if err != nil {
		return nil, err
	}
	e.upstream = upstream
	return e, nil
}

// HoldsPod is whether an object is a pod or makes pods.
func HoldsPod(result *write.Result) bool {
	_, spec := podOf(result.New)
	return spec != nil
}

// Evaluate answers the modes that a write violates in a namespace with these labels; none for deletions and for kinds
// without pods.
func (e *Evaluator) Evaluate(result *write.Result, labels map[string]string, defaults api.Policy) []Violation {
	// Labels that cannot be read fail closed, as in the plugin.
	levels, _ := api.PolicyToEvaluate(labels, defaults)
	var violations []Violation
	for _, mode := range []struct {
		name  string
		level api.LevelVersion
	}{{"enforce", levels.Enforce}, {"warn", levels.Warn}, {"audit", levels.Audit}} {
		if checks := e.failures(result, mode.level); len(checks) > 0 {
			violations = append(violations, Violation{
				Mode: mode.name, Level: string(mode.level.Level), Version: mode.level.Version.String(), Checks: checks,
			})
		}
	}
	return violations
}

// EvaluateStandards answers the standards that a write violates, by their position.
func (e *Evaluator) EvaluateStandards(result *write.Result, standards []api.LevelVersion) []StandardViolation {
	var violations []StandardViolation
	for i, standard := range standards {
		if checks := e.failures(result, standard); len(checks) > 0 {
			violations = append(violations, StandardViolation{
				Standard: i, Level: string(standard.Level), Version: standard.Version.String(), Checks: checks,
			})
		}
	}
	return violations
}

// failures are the checks that the pod of an object does not pass; none without a pod.
func (e *Evaluator) failures(result *write.Result, level api.LevelVersion) []Check {
	metadata, spec := podOf(result.New)
	if spec == nil {
		return nil
	}
	e.failed = nil
	var checks []Check
	for _, r := range e.upstream.EvaluatePod(level, metadata, spec) {
		if !r.Allowed {
			checks = append(checks, Check{ID: e.failed[len(checks)], Reason: r.ForbiddenReason, Detail: r.ForbiddenDetail})
		}
	}
	return checks
}
