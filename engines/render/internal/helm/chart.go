// Package helm renders charts of the tree as `helm template` does.
package helm

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"strings"

	"helm.sh/helm/v4/pkg/chart/loader/archive"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/ignore"
	"preadmit.dev/engines/abi"
	"preadmit.dev/engines/abi/tree"
)

// Limits of a chart (shared/threats.md, default limits).
const (
	maxFiles = 5_000
	maxBytes = 50_000_000
	// An archive may expand to so many times its size.
	maxRatio = 100
)

var bom = []byte("\xef\xbb\xbf")

// loadChart reads a directory or an archive of the tree.
func loadChart(t *tree.Tree, at string) (*chart.Chart, error) {
	if _, ok := tree.Clean(at); !ok {
		return nil, abi.Errorf(abi.OutsideRoot, "the chart %s is outside the repository", at)
	}
	switch n := t.Stat(at); {
	case n >= 0:
		return loadArchive(t, at)
	case n == tree.IsRefused:
		return nil, abi.Errorf(abi.Refused, "the chart %s is not followed", at)
	case n == tree.Missing:
		return nil, abi.Errorf(abi.MissingFile, "no chart at %s", at)
	}
	rules := ignore.Empty()
	if b, err := t.ReadFile(path.Join(at, ignore.HelmIgnore)); err == nil {
		if rules, err = ignore.Parse(bytes.NewReader(b)); err != nil {
			return nil, fmt.Errorf("%s: %w", path.Join(at, ignore.HelmIgnore), err)
		}
	}
	rules.AddDefaults()
	w := walker{tree: t, root: at, rules: rules}
	if err := w.walk(""); err != nil {
		return nil, err
	}
	return loadFiles(at, w.files)
}

func loadFiles(at string, files []*archive.BufferedFile) (*chart.Chart, error) {
	c, err := loader.LoadFiles(files)
	if err != nil {
		if strings.Contains(err.Error(), "Chart.yaml file is missing") {
			return nil, abi.Errorf(abi.MissingFile, "%s: %v", at, err)
		}
		return nil, fmt.Errorf("chart %s: %w", at, err)
	}
	return c, c.Validate()
}

func loadArchive(t *tree.Tree, at string) (*chart.Chart, error) {
	b, err := t.ReadFile(at)
	if err != nil {
		return nil, err
	}
	files, err := archive.LoadArchiveFiles(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("archive %s: %w", at, err)
	}
	total := 0
	for _, f := range files {
		total += len(f.Data)
	}
	if len(files) > maxFiles || total > maxBytes || total > maxRatio*max(len(b), 1024) {
		return nil, abi.Errorf(abi.Limit, "archive %s: %d files and %d bytes; the limits are %d files, 50 MB and %d times its size",
			at, len(files), total, maxFiles, maxRatio)
	}
	return loadFiles(at, files)
}

// walker collects the files of a chart that .helmignore leaves, through links inside the tree.
type walker struct {
	tree  *tree.Tree
	root  string
	rules *ignore.Rules
	files []*archive.BufferedFile
	bytes int
	depth int
}

// maxFolders stops links that form endless paths; no chart nests so deep.
const maxFolders = 64

func (w *walker) walk(dir string) error {
	if w.depth++; w.depth > maxFolders {
		return abi.Errorf(abi.Limit, "chart %s: folders are nested deeper than %d", w.root, maxFolders)
	}
	defer func() { w.depth-- }()
	names, err := w.tree.List(path.Join(w.root, dir))
	if err != nil {
		return err
	}
	for _, name := range names {
		rel := path.Join(dir, name)
		full := path.Join(w.root, rel)
		n := w.tree.Stat(full)
		entry := tree.Info{Base: name, Length: n, Folder: n == tree.IsDir}
		switch {
		case w.rules.Ignore(rel, entry):
		case n == tree.IsDir:
			if err := w.walk(rel); err != nil {
				return err
			}
		case n == tree.Missing:
			return abi.Errorf(abi.MissingFile, "%s does not exist", full)
		default:
			if err := w.add(rel, full); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *walker) add(rel, full string) error {
	b, err := w.tree.ReadFile(full)
	if errors.Is(err, tree.ErrRefused) {
		return abi.Errorf(abi.Refused, "%s is not followed", full)
	}
	if err != nil {
		return err
	}
	w.bytes += len(b)
	if len(w.files) >= maxFiles || w.bytes > maxBytes {
		return abi.Errorf(abi.Limit, "chart %s: more than %d files or 50 MB", w.root, maxFiles)
	}
	if len(b) > int(archive.MaxDecompressedFileSize) {
		return abi.Errorf(abi.Limit, "%s is larger than Helm reads (%d bytes)", full, archive.MaxDecompressedFileSize)
	}
	w.files = append(w.files, &archive.BufferedFile{Name: rel, Data: bytes.TrimPrefix(b, bom)})
	return nil
}
