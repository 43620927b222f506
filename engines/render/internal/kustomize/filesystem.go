package kustomize

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"

	"preadmit.dev/engines/abi"
	"preadmit.dev/engines/abi/tree"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// mount is where kustomize finds the repository. It is not `/`, because `/..` is `/` again: a path that climbs out of
// the repository would come back into it. Nothing stands beside it.
const mount = "/.repository"

// fileSystem is the tree as kustomize wants to see it: absolute paths below mount. Writing is possible over the tree
// only, for the values file of an inflated chart.
type fileSystem struct {
	tree *tree.Tree
	// annotations is true once a file was read that speaks of metadata/annotations: see build.
	annotations bool
}

var _ filesys.FileSystem = (*fileSystem)(nil)

var errReadOnly = errors.New("the tree is read-only")

// inTree answers the path in the tree, or an error with the code outside-root.
func inTree(p string) (string, error) {
	clean := path.Clean("/" + p)
	if clean == mount {
		return "", nil
	}
	if rest, ok := strings.CutPrefix(clean, mount+"/"); ok {
		return rest, nil
	}
	return "", abi.Errorf(abi.OutsideRoot, "%s is outside the repository", p)
}

// stat answers Missing for what is outside.
func (f *fileSystem) stat(p string) int64 {
	inside, err := inTree(p)
	if err != nil {
		return tree.Missing
	}
	return f.tree.Stat(inside)
}

func (f *fileSystem) Create(p string) (filesys.File, error) {
	return nil, &fs.PathError{Op: "create", Path: p, Err: errReadOnly}
}
func (f *fileSystem) Mkdir(p string) error {
	return &fs.PathError{Op: "mkdir", Path: p, Err: errReadOnly}
}
func (f *fileSystem) MkdirAll(p string) error {
	return &fs.PathError{Op: "mkdir", Path: p, Err: errReadOnly}
}
func (f *fileSystem) RemoveAll(p string) error {
	return &fs.PathError{Op: "remove", Path: p, Err: errReadOnly}
}

func (f *fileSystem) WriteFile(p string, content []byte) error {
	inside, err := inTree(p)
	if err != nil {
		return err
	}
	f.tree.Lay(inside, append([]byte(nil), content...))
	return nil
}

func (f *fileSystem) Open(p string) (filesys.File, error) {
	b, err := f.ReadFile(p)
	if err != nil {
		return nil, err
	}
	return &file{strings.NewReader(string(b)), tree.Info{Base: path.Base(p), Length: int64(len(b))}}, nil
}

func (f *fileSystem) IsDir(p string) bool { return f.stat(p) == tree.IsDir }

func (f *fileSystem) Exists(p string) bool {
	n := f.stat(p)
	return n >= 0 || n == tree.IsDir
}

func (f *fileSystem) ReadDir(p string) ([]string, error) {
	inside, err := inTree(p)
	if err != nil {
		return nil, err
	}
	return f.tree.List(inside)
}

// CleanedAbs follows links, as kustomize does on a disk, and words its error the same.
func (f *fileSystem) CleanedAbs(p string) (filesys.ConfirmedDir, string, error) {
	inside, err := inTree(p)
	if err != nil {
		return "", "", err
	}
	real, err := f.tree.Real(inside)
	if err != nil {
		return "", "", fmt.Errorf("evalsymlink failure on '%s' : %w", p, err)
	}
	real = path.Join(mount, real)
	if f.IsDir(real) {
		return filesys.ConfirmedDir(real), "", nil
	}
	return filesys.ConfirmedDir(path.Dir(real)), path.Base(real), nil
}

func (f *fileSystem) ReadFile(p string) ([]byte, error) {
	inside, err := inTree(p)
	if err != nil {
		return nil, err
	}
	b, err := f.tree.ReadFile(inside)
	if err == nil && speaksOfAnnotations(b) {
		f.annotations = true
	}
	return b, err
}

// speaksOfAnnotations is true for paths of JSON patches and of replacements, which see whether the map is there.
func speaksOfAnnotations(b []byte) bool {
	return bytes.Contains(b, []byte("metadata/annotations")) || bytes.Contains(b, []byte("metadata.annotations"))
}

// Glob matches one pattern; kustomize uses it for openapi and crds only.
func (f *fileSystem) Glob(pattern string) ([]string, error) {
	pattern = path.Clean(pattern)
	var out []string
	err := f.Walk(fixedPart(pattern), func(p string, _ os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		matched, err := filepath.Match(pattern, p)
		if matched {
			out = append(out, p)
		}
		return err
	})
	sort.Strings(out)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return out, err
}

func fixedPart(pattern string) string {
	if at := strings.IndexAny(pattern, `*?[\`); at >= 0 {
		pattern = pattern[:at]
	}
	return path.Dir(pattern)
}

func (f *fileSystem) Walk(root string, visit filepath.WalkFunc) error {
	err := f.walk(path.Clean(root), visit)
	if errors.Is(err, filepath.SkipDir) || errors.Is(err, filepath.SkipAll) {
		return nil
	}
	return err
}

func (f *fileSystem) walk(p string, visit filepath.WalkFunc) error {
	n := f.stat(p)
	switch {
	case n >= 0:
		return visit(p, tree.Info{Base: path.Base(p), Length: n}, nil)
	case n != tree.IsDir:
		return visit(p, nil, &fs.PathError{Op: "lstat", Path: p, Err: fs.ErrNotExist})
	}
	if err := visit(p, tree.Info{Base: path.Base(p), Folder: true}, nil); err != nil {
		if errors.Is(err, filepath.SkipDir) {
			return nil
		}
		return err
	}
	names, err := f.ReadDir(p)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := f.walk(path.Join(p, name), visit); err != nil {
			// SkipDir from a file leaves out the rest of its directory.
			if errors.Is(err, filepath.SkipDir) {
				return nil
			}
			return err
		}
	}
	return nil
}

type file struct {
	*strings.Reader
	info tree.Info
}

func (f *file) Close() error               { return nil }
func (f *file) Stat() (os.FileInfo, error) { return f.info, nil }
func (f *file) Write([]byte) (int, error)  { return 0, errReadOnly }
