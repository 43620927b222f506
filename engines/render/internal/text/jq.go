package text

import (
	"github.com/itchyny/gojq"
	"preadmit.dev/engines/abi"
)

type queried struct {
	Value any    `json:"value"`
	Error string `json:"error,omitempty"`
}

// JqOp answers `jq`: one program on each of the values, which has to give exactly one result. A compiled program
// reaches neither files nor the environment: nothing of the kind is handed to it.
func JqOp(c *abi.Call) (any, error) {
	var r struct {
		Program string `json:"program"`
		Values  []any  `json:"values"`
	}
	if err := c.Decode(&r); err != nil {
		return nil, err
	}
	query, err := gojq.Parse(r.Program)
	if err != nil {
		return nil, abi.Errorf(abi.Invalid, "%v", err)
	}
	code, err := gojq.Compile(query)
	if err != nil {
		return nil, abi.Errorf(abi.Invalid, "%v", err)
	}
	out := make([]queried, len(r.Values))
	for i, value := range r.Values {
		out[i] = run(code, value)
	}
	return map[string]any{"results": out}, nil
}

func run(code *gojq.Code, value any) queried {
	results := code.Run(value)
	first, ok := results.Next()
	if !ok {
		return queried{Error: "the program gives no result"}
	}
	if err, failed := first.(error); failed {
		return queried{Error: err.Error()}
	}
	if _, more := results.Next(); more {
		return queried{Error: "the program gives more than one result"}
	}
	return queried{Value: first}
}
