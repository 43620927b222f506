package operations

import (
	"testing"

	"preadmit.dev/engines/abi/casetest"
)

func TestCases(t *testing.T) { casetest.Run(t, New(), "../../testdata/cases") }
