package operations

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"preadmit.dev/engines/abi"
	"preadmit.dev/engines/abi/tree"

	"github.com/yannh/kubeconform/pkg/loader"
)

// connect lets the library's loaders (overlay-rules.json) read the tree of this call.
func connect(c *abi.Call) {
	loader.Tree = func(path string) ([]byte, error) {
		clean, ok := tree.Clean(path)
		if !ok {
			return nil, fmt.Errorf("schema %s is outside the tree", path)
		}
		content, err := c.Tree.ReadFile(clean)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, loader.NewNotFoundError(fmt.Errorf("could not open file %s", clean))
		}
		return content, err
	}
	loader.Remote = func(url string) error {
		c.Miss("schema", url)
		return fmt.Errorf("schema %s is not in the tree", url)
	}
}

// locate makes locations of the tree absolute: the library completes relative ones with a working directory, and
// takes every name that begins with "http" for a URL.
func locate(locations []string) ([]string, error) {
	if len(locations) == 0 {
		return nil, abi.Errorf(abi.BadRequest, "schemaLocations is empty: kubeconform's default would be remote")
	}
	out := make([]string, len(locations))
	for i, location := range locations {
		switch {
		case location == "default", strings.HasPrefix(location, "http://"), strings.HasPrefix(location, "https://"):
			out[i] = location
		case strings.Contains(location, "://"):
			return nil, abi.Errorf(abi.BadRequest, "schema location %s is neither a path nor http(s)", location)
		default:
			out[i] = "/" + strings.TrimLeft(strings.TrimPrefix(location, "./"), "/")
		}
	}
	return out, nil
}
