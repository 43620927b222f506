package podsecurity

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"preadmit.dev/engines/admission/internal/cluster"
	"preadmit.dev/engines/admission/internal/release"
	"preadmit.dev/engines/admission/internal/write"
	"sigs.k8s.io/yaml"
)

// TestFixtures judges the pods of k8s.io/pod-security-admission/test/testdata/<level>/<version>/{pass,fail}: a passing
// one violates nothing, a failing one is refused by the check that its file is named after, or by one that overrides it.
func TestFixtures(t *testing.T) {
	folder := fixtures(t)
	files, err := filepath.Glob(filepath.Join(folder, "*", "v*", "*", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	evaluator, err := NewEvaluator(release.Newest())
	if err != nil {
		t.Fatal(err)
	}
	overriding := overridingChecks()
	counts := map[string]int{}
	for _, file := range files {
		verdict := filepath.Base(filepath.Dir(file))
		version := filepath.Base(filepath.Dir(filepath.Dir(file)))
		level := filepath.Base(filepath.Dir(filepath.Dir(filepath.Dir(file))))
		counts[level+" "+verdict]++
		failed := failedChecks(t, evaluator, file, Defaults{Enforce: level, Version: version})
		named := number.ReplaceAllString(filepath.Base(file), "")
		switch {
		case verdict == "pass" && len(failed) > 0:
			t.Errorf("%s: %v", file, failed)
		case verdict == "fail" && !slices.ContainsFunc(failed, func(id string) bool {
			return strings.EqualFold(id, named) || slices.Contains(overriding[named], id)
		}):
			t.Errorf("%s: %v instead of %s", file, failed, named)
		}
	}
	// 4,537 in v0.37.2; a path that finds none would pass for the wrong reason.
	if len(files) < 4000 {
		t.Errorf("%d fixtures in %s", len(files), folder)
	}
	t.Logf("%v", counts)
}

// number is what the name of a fixture ends with.
var number = regexp.MustCompile(`\d*\.yaml$`)

func failedChecks(t *testing.T, evaluator *Evaluator, file string, defaults Defaults) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pod, err := yaml.YAMLToJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	result, err := write.Run(cluster.New(), write.Request{Operation: write.Create, Object: pod, Namespace: "default"})
	if err != nil {
		t.Fatal(err)
	}
	levels, err := defaults.Policy()
	if err != nil {
		t.Fatal(err)
	}
	var failed []string
	for _, violation := range evaluator.Evaluate(result, nil, levels) {
		if violation.Mode == "enforce" {
			for _, check := range violation.Checks {
				failed = append(failed, check.ID)
			}
		}
	}
	return failed
}

// overridingChecks answers, by the lower-case name of a check of the baseline, the restricted ones that take its place.
func overridingChecks() map[string][]string {
	by := map[string][]string{}
	for _, check := range policy.DefaultChecks() {
		for _, version := range check.Versions {
			for _, id := range version.OverrideCheckIDs {
				if name := strings.ToLower(string(id)); check.Level == api.LevelRestricted {
					by[name] = append(by[name], string(check.ID))
				}
			}
		}
	}
	return by
}

// fixtures finds the module in Go's cache: vendor/ holds no test data. Without Go or the module the test is skipped.
func fixtures(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-mod=mod", "-f", "{{.Dir}}", "k8s.io/pod-security-admission").Output()
	folder := filepath.Join(strings.TrimSpace(string(out)), "test", "testdata")
	if _, missing := os.Stat(folder); err != nil || len(out) == 0 || missing != nil {
		t.Skip("the module k8s.io/pod-security-admission is not in the cache of modules")
	}
	return folder
}
