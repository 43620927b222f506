package operations

import (
	"runtime/debug"
	"time"

	"preadmit.dev/engines/abi"
)

type loadRequest struct {
	// Time in seconds since the epoch: what the clock says.
	Time      int64         `json:"time"`
	Bundles   []bundleSpec  `json:"bundles"`
	Templates templatesSpec `json:"gatekeeper"`
}

type loadResult struct {
	Bundles   []bundleResult   `json:"bundles"`
	Templates []templateResult `json:"templates"`
}

// loaded is what the next requests of this instance are answered with.
var loaded struct {
	bundles    []*bundle
	gatekeeper *gatekeeper
}

// gcPercent of an instance that evaluates: what was loaded stays, and every collection walks all of it. At Go's own 100 a
// fifth of the time went into that; above 200 memory that grows costs more than is won.
const gcPercent = 200

func load(c *abi.Call) (any, error) {
	var r loadRequest
	if err := c.Decode(&r); err != nil {
		return nil, err
	}
	debug.SetGCPercent(gcPercent)
	at := time.Unix(r.Time, 0).UTC()
	loaded.bundles, loaded.gatekeeper = nil, nil
	result := loadResult{Bundles: []bundleResult{}, Templates: []templateResult{}}
	for _, spec := range r.Bundles {
		b, described, err := compileBundle(spec, at)
		if err != nil {
			return nil, err
		}
		loaded.bundles = append(loaded.bundles, b)
		result.Bundles = append(result.Bundles, described)
	}
	if len(r.Templates.Templates) > 0 {
		g, described, err := compileTemplates(r.Templates, at)
		if err != nil {
			return nil, err
		}
		loaded.gatekeeper, result.Templates = g, described
	}
	return result, nil
}
