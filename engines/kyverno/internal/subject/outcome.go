package subject

import "strings"

// Outcomes of a policy or rule that matched a write.
const (
	Pass         = "pass"
	Fail         = "fail"
	Skip         = "skip"
	Exempt       = "exempt"
	Error        = "error"
	NotEvaluable = "not-evaluable"
)

// Outcome is what one policy, or one rule of a legacy policy, says of one write.
type Outcome struct {
	Outcome string `json:"outcome"`
	// Rule of a legacy policy, with the prefix of generated ones; of a CEL policy `defaults`, `cronjobs` or `extract`
	// when the policy that Kyverno generated for pod controllers answered.
	Rule string `json:"rule,omitempty"`
	// Without is what an exempt write would be told if no exception applied, unless that is a pass; the fields below
	// are then of that.
	Without string `json:"without,omitempty"`
	// Validation is the position of the expression that failed.
	Validation *int   `json:"validation,omitempty"`
	Message    string `json:"message,omitempty"`
	Expression string `json:"expression,omitempty"`
	// Exceptions that apply, with what their authors want reported.
	Exceptions []Exception `json:"exceptions,omitempty"`
}

// Exception as far as the host decides by it.
type Exception struct {
	Namespace    string `json:"namespace,omitempty"`
	Name         string `json:"name"`
	Priority     string `json:"priority,omitempty"`
	ReportResult string `json:"reportResult,omitempty"`
}

// Exempted tells of a write that exceptions take out what would have been said of it.
func (o *Outcome) Exempted(otherwise Outcome) {
	if otherwise.Outcome == Pass || otherwise.Outcome == Skip {
		return
	}
	o.Without, o.Validation = otherwise.Outcome, otherwise.Validation
	o.Message, o.Expression = otherwise.Message, otherwise.Expression
}

// OverBudget tells an expression that was stopped from one that has a fault: cel-go's own words, and the API server's
// for the rules of legacy policies.
func (o Outcome) OverBudget() bool {
	return o.Outcome == Error &&
		(strings.Contains(o.Message, "cost limit exceeded") || strings.Contains(o.Message, "running out of cost budget"))
}
