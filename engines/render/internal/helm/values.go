package helm

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"

	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/strvals"
	"preadmit.dev/engines/abi"
	"preadmit.dev/engines/abi/tree"
)

// mergeValues puts together what a user gives, in the order of Helm's command line whatever the order of its flags:
// files, --set, --set-string, --set-file. Values given as JSON count as the last file.
func mergeValues(c *abi.Call, r request) (map[string]any, error) {
	values := map[string]any{}
	for _, file := range r.ValuesFiles {
		b, err := readFile(c.Tree, "the values file", file)
		if err != nil {
			return nil, err
		}
		if values, err = mergeFile(values, b); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	if len(r.Values) > 0 {
		var err error
		if values, err = mergeFile(values, r.Values); err != nil {
			return nil, err
		}
	}
	for _, s := range r.Set {
		if err := strvals.ParseInto(s, values); err != nil {
			return nil, fmt.Errorf("value %q: %w", s, err)
		}
	}
	for _, s := range r.SetString {
		if err := strvals.ParseIntoString(s, values); err != nil {
			return nil, fmt.Errorf("value %q: %w", s, err)
		}
	}
	for _, s := range r.SetFile {
		var unread error
		read := func(path []rune) (any, error) {
			b, err := readFile(c.Tree, "the file", string(path))
			unread = err
			return string(b), err
		}
		if err := strvals.ParseIntoFile(s, values, read); err != nil {
			if unread != nil {
				return nil, unread
			}
			return nil, fmt.Errorf("value %q: %w", s, err)
		}
	}
	return values, nil
}

func mergeFile(values map[string]any, b []byte) (map[string]any, error) {
	more, err := loader.LoadValues(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return loader.MergeMaps(values, more), nil
}

func readFile(t *tree.Tree, what, file string) ([]byte, error) {
	if _, ok := tree.Clean(file); !ok {
		return nil, abi.Errorf(abi.OutsideRoot, "%s %s is outside the repository", what, file)
	}
	b, err := t.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, abi.Errorf(abi.MissingFile, "%s %s does not exist", what, file)
	case errors.Is(err, tree.ErrRefused):
		return nil, abi.Errorf(abi.Refused, "%s %s is not followed", what, file)
	case err != nil:
		return nil, abi.Errorf(abi.Invalid, "%s %s: %v", what, file, err)
	}
	return b, nil
}
