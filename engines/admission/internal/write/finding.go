package write

import (
	"cmp"
	"errors"
	"regexp"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"preadmit.dev/engines/admission/internal/cluster"
	"preadmit.dev/engines/admission/internal/message"
)

// Stages of a Finding.
const (
	Decode   = "decode"
	Validate = "validate"
	Warning  = "warning"
	Internal = "internal"
)

// Finding is one thing that the server says about a write.
type Finding struct {
	Stage   string `json:"stage"`
	Field   string `json:"field,omitempty"`
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message"`
}

// Rejected says whether a server would refuse the write.
func Rejected(findings []Finding) bool {
	return slices.ContainsFunc(findings, func(f Finding) bool { return f.Stage == Decode || f.Stage == Validate })
}

// validateFindings takes the causes out of the status that registry strategies answer with.
func validateFindings(err error) []Finding {
	var status apierrors.APIStatus
	if errors.As(err, &status) && status.Status().Details != nil && len(status.Status().Details.Causes) > 0 {
		var findings []Finding
		for _, cause := range status.Status().Details.Causes {
			findings = append(findings, Finding{
				Stage: Validate, Field: cause.Field, Reason: string(cause.Type), Message: cause.Message,
			})
		}
		return findings
	}
	return []Finding{{Stage: Validate, Message: err.Error()}}
}

// strictField finds the path in the errors of the strict decoder: `unknown field "spec.x"`, `duplicate field "a"`.
var strictField = regexp.MustCompile(`^(?:unknown|duplicate) field "(.*)"$`)

func decodeFindings(err error) []Finding {
	strict, ok := runtime.AsStrictDecodingError(err)
	if !ok {
		return []Finding{decodeFinding(err)}
	}
	var findings []Finding
	for _, e := range strict.Errors() {
		finding := Finding{Stage: Decode, Reason: "Strict", Message: e.Error()}
		if match := strictField.FindStringSubmatch(e.Error()); match != nil {
			finding.Field = match[1]
		}
		findings = append(findings, finding)
	}
	return findings
}

func decodeFinding(err error) Finding {
	return Finding{Stage: Decode, Reason: "Decode", Message: err.Error()}
}

// warningField finds the path with which most warnings of strategies begin.
var warningField = regexp.MustCompile(`^((?:spec|metadata|data|status|webhooks|rules|subjects)[A-Za-z0-9.\[\]/"_-]*): `)

func warningFinding(text string) Finding {
	finding := Finding{Stage: Warning, Message: text}
	if match := warningField.FindStringSubmatch(text); match != nil {
		finding.Field, finding.Message = match[1], strings.TrimPrefix(text, match[0])
	}
	return finding
}

// finish makes findings fit to be shown: short, without values of Secrets, each once.
func finish(r *Result) []Finding {
	secret := r.Kind.Group == "" && r.Kind.Kind == "Secret"
	definition := r.Kind.GroupKind() == cluster.DefinitionKind.GroupKind()
	out := make([]Finding, 0, len(r.Findings))
	seen := make(map[Finding]bool, len(r.Findings))
	for _, f := range r.Findings {
		if secret && (strings.HasPrefix(f.Field, "data") || strings.HasPrefix(f.Field, "stringData")) {
			f.Message = message.WithoutCharacter(message.WithoutValue(f.Message))
		}
		f.Message = message.Shorten(r.Secrets.Hide(f.Message))
		if definition {
			f.Field = definitionField(f.Field)
		}
		if f.Field == "<nil>" {
			// Errors about the whole object carry the printed form of no path.
			f.Field = ""
		}
		if !seen[f] {
			seen[f] = true
			out = append(out, f)
		}
	}
	slices.SortStableFunc(out, inOrder)
	return out
}

// inOrder sorts what upstream finds while it walks Go's maps, in another order every time.
func inOrder(a, b Finding) int {
	return cmp.Or(
		cmp.Compare(slices.Index(stages, a.Stage), slices.Index(stages, b.Stage)),
		cmp.Compare(a.Field, b.Field),
		cmp.Compare(a.Message, b.Message),
	)
}

// stages in the order in which a server reaches them.
var stages = []string{Decode, Validate, Warning, Internal}

// setOf is for lists as long as a manifest wants them to be.
func setOf(findings []Finding) map[Finding]bool {
	set := make(map[Finding]bool, len(findings))
	for _, f := range findings {
		set[f] = true
	}
	return set
}

// hoisted are the fields that the internal version of a definition with one version holds outside of its list.
var hoisted = regexp.MustCompile(`^spec\.(validation|subresources|additionalPrinterColumns|selectableFields)\b`)

// definitionField writes a path of the internal version as people write it.
func definitionField(field string) string {
	match := hoisted.FindStringSubmatch(field)
	if match == nil {
		return field
	}
	name := match[1]
	if name == "validation" {
		name = "schema"
	}
	return "spec.versions[0]." + name + field[len(match[0]):]
}
