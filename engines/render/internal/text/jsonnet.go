package text

import (
	"encoding/json"
	"errors"
	"path"
	"strings"

	"github.com/google/go-jsonnet"
	"preadmit.dev/engines/abi"
	"preadmit.dev/engines/abi/tree"
)

// JsonnetOp answers `jsonnet`.
func JsonnetOp(c *abi.Call) (any, error) {
	var r struct {
		File      string            `json:"file"`
		Libraries []string          `json:"libraries"`
		ExtVars   map[string]string `json:"extVars"`
		ExtCode   map[string]string `json:"extCode"`
		TLAs      map[string]string `json:"tlas"`
		TLACode   map[string]string `json:"tlaCode"`
	}
	if err := c.Decode(&r); err != nil {
		return nil, err
	}
	vm := jsonnet.MakeVM()
	imports := &importer{tree: c.Tree, libraries: r.Libraries, known: map[string]jsonnet.Contents{}}
	vm.Importer(imports)
	for _, set := range []struct {
		values map[string]string
		with   func(key, value string)
	}{{r.ExtVars, vm.ExtVar}, {r.ExtCode, vm.ExtCode}, {r.TLAs, vm.TLAVar}, {r.TLACode, vm.TLACode}} {
		for key, value := range set.values {
			set.with(key, value)
		}
	}
	text, err := vm.EvaluateFile(r.File)
	if err != nil {
		code := abi.Invalid
		if imports.failed != nil {
			code = imports.failed.Code
		}
		// jsonnet takes a main file that is not there for a bug of its own.
		if _, found := imports.known[r.File]; !found && imports.failed != nil {
			return nil, imports.failed
		}
		return nil, abi.Errorf(code, "%s", strings.TrimSpace(err.Error()))
	}
	return map[string]any{"value": json.RawMessage(text)}, nil
}

// importer finds imports in the tree: beside the importing file first, then in the libraries, the last one first, as
// jsonnet's own search path does.
type importer struct {
	tree      *tree.Tree
	libraries []string
	// jsonnet wants the same contents for the same place.
	known map[string]jsonnet.Contents
	// failed is why an import failed: jsonnet keeps the sentence only.
	failed *abi.Error
}

func (i *importer) Import(from, imported string) (jsonnet.Contents, string, error) {
	places := []string{path.Join(path.Dir(from), imported)}
	for n := len(i.libraries) - 1; n >= 0; n-- {
		places = append(places, path.Join(i.libraries[n], imported))
	}
	if path.IsAbs(imported) {
		places = []string{".." + imported}
	}
	code, why := abi.MissingFile, "is not in this repository"
	for _, place := range places {
		clean, ok := tree.Clean(place)
		if !ok {
			code, why = abi.OutsideRoot, "is outside the repository"
			continue
		}
		if contents, ok := i.known[clean]; ok {
			return contents, clean, nil
		}
		b, err := i.tree.ReadFile(clean)
		if errors.Is(err, tree.ErrRefused) {
			code, why = abi.Refused, "is not followed"
		}
		if err == nil {
			i.known[clean] = jsonnet.MakeContentsRaw(b)
			return i.known[clean], clean, nil
		}
	}
	i.failed = abi.Errorf(code, "%s imports %s, which %s", from, imported, why)
	if from == "" {
		i.failed = abi.Errorf(code, "%s %s", imported, why)
	}
	return jsonnet.Contents{}, "", i.failed
}
