// Package tree is the repository as an engine sees it: read-only, confined, with files of the request laid over it.
package tree

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"
)

// Answers of Source.Stat that are no size (docs/engine-abi.md).
const (
	Missing   = -1
	IsDir     = -2
	IsRefused = -3
)

// ErrRefused is wrapped by errors about paths that the host does not follow: links out of the tree, submodules,
// pointers of Git LFS, files over the limit.
var ErrRefused = errors.New("refused by the tree")

// Source answers for cleaned paths relative to the root, as the imports of module tree do.
type Source interface {
	Stat(path string) int64
	Read(path string, dst []byte)
	List(path string) (names []string, ok bool)
	Real(path string) (real string, status int64)
}

// Tree caches a Source for one call and lays files over it.
type Tree struct {
	source  Source
	stats   map[string]int64
	content map[string][]byte
	lists   map[string][]string
	overlay map[string][]byte
	// folders of overlay files, and what stands in them
	folders map[string]map[string]bool
}

// New starts with nothing cached.
func New(source Source) *Tree {
	return &Tree{
		source:  source,
		stats:   map[string]int64{},
		content: map[string][]byte{},
		lists:   map[string][]string{},
		overlay: map[string][]byte{},
		folders: map[string]map[string]bool{},
	}
}

// Clean makes a path relative to the root; the second answer is false when it climbs above it.
func Clean(p string) (string, bool) {
	p = path.Clean(strings.TrimLeft(p, "/"))
	if p == ".." || strings.HasPrefix(p, "../") {
		return "", false
	}
	if p == "." {
		return "", true
	}
	return p, true
}

// Lay puts a file over the tree for this call.
func (t *Tree) Lay(p string, content []byte) {
	p, ok := Clean(p)
	if !ok || p == "" {
		return
	}
	t.overlay[p] = content
	for p != "" {
		dir, base := path.Split(p)
		dir = strings.TrimSuffix(dir, "/")
		if t.folders[dir] == nil {
			t.folders[dir] = map[string]bool{}
		}
		t.folders[dir][base] = true
		p = dir
	}
}

// Stat answers a size, Missing, IsDir or IsRefused.
func (t *Tree) Stat(p string) int64 {
	p, ok := Clean(p)
	if !ok {
		return Missing
	}
	if b, ok := t.overlay[p]; ok {
		return int64(len(b))
	}
	n, ok := t.stats[p]
	if !ok {
		n = t.source.Stat(p)
		t.stats[p] = n
	}
	if n == Missing && t.folders[p] != nil {
		return IsDir
	}
	return n
}

// ReadFile answers a file's bytes, which the caller must not change. Errors are *fs.PathError.
func (t *Tree) ReadFile(p string) ([]byte, error) {
	clean, ok := Clean(p)
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: p, Err: fs.ErrNotExist}
	}
	if b, ok := t.overlay[clean]; ok {
		return b, nil
	}
	if b, ok := t.content[clean]; ok {
		return b, nil
	}
	n := t.Stat(clean)
	switch n {
	case Missing:
		return nil, &fs.PathError{Op: "open", Path: p, Err: fs.ErrNotExist}
	case IsDir:
		return nil, &fs.PathError{Op: "read", Path: p, Err: errors.New("is a directory")}
	case IsRefused:
		return nil, &fs.PathError{Op: "open", Path: p, Err: ErrRefused}
	}
	b := make([]byte, n)
	if n > 0 {
		t.source.Read(clean, b)
	}
	t.content[clean] = b
	return b, nil
}

// List answers the sorted names in a directory.
func (t *Tree) List(p string) ([]string, error) {
	clean, ok := Clean(p)
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: p, Err: fs.ErrNotExist}
	}
	names, ok := t.lists[clean]
	if !ok {
		names, ok = t.source.List(clean)
		if ok {
			t.lists[clean] = names
		}
	}
	laid := t.folders[clean]
	if !ok && laid == nil {
		return nil, &fs.PathError{Op: "open", Path: p, Err: fs.ErrNotExist}
	}
	if len(laid) == 0 {
		return names, nil
	}
	seen := map[string]bool{}
	out := append([]string(nil), names...)
	for _, name := range names {
		seen[name] = true
	}
	for name := range laid {
		if !seen[name] {
			out = append(out, name)
		}
	}
	sort.Strings(out)
	return out, nil
}

// Real follows symbolic links. A path of the overlay is real itself.
func (t *Tree) Real(p string) (string, error) {
	clean, ok := Clean(p)
	if !ok {
		return "", &fs.PathError{Op: "lstat", Path: p, Err: fs.ErrNotExist}
	}
	if _, ok := t.overlay[clean]; ok {
		return clean, nil
	}
	real, status := t.source.Real(clean)
	switch {
	case status == IsRefused:
		return "", &fs.PathError{Op: "lstat", Path: p, Err: ErrRefused}
	case status == Missing && t.folders[clean] != nil:
		return clean, nil
	case status == Missing:
		return "", &fs.PathError{Op: "lstat", Path: p, Err: fs.ErrNotExist}
	}
	return real, nil
}

// String helps debuggers only.
func (t *Tree) String() string {
	return fmt.Sprintf("tree with %d files laid over it", len(t.overlay))
}
