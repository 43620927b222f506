package policy

import (
	"context"

	upstream "k8s.io/apiserver/pkg/authorization/authorizer"
)

// authorizer answers every question the same way and remembers that it was asked: what follows from its answers is
// known to nobody here.
type authorizer struct {
	allow bool
	asked bool
}

// Authorize implements upstream's interface.
func (a *authorizer) Authorize(context.Context, upstream.Attributes) (upstream.Decision, string, error) {
	a.asked = true
	if a.allow {
		return upstream.DecisionAllow, "", nil
	}
	return upstream.DecisionNoOpinion, "", nil
}
