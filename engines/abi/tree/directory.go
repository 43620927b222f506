//go:build !wasip1

package tree

import (
	"os"
	"path/filepath"
	"strings"
)

// Directory is a folder of the machine: for tests and native runs, where the contents are ours. Links are followed
// inside the folder and refused when they leave it.
type Directory struct {
	Root string
}

func (d Directory) Stat(p string) int64 {
	real, status := d.Real(p)
	if status < 0 {
		return status
	}
	info, err := os.Stat(filepath.Join(d.Root, filepath.FromSlash(real)))
	switch {
	case err != nil:
		return Missing
	case info.IsDir():
		return IsDir
	}
	return info.Size()
}

func (d Directory) Read(p string, dst []byte) {
	real, _ := d.Real(p)
	b, err := os.ReadFile(filepath.Join(d.Root, filepath.FromSlash(real)))
	if err == nil {
		copy(dst, b)
	}
}

func (d Directory) List(p string) ([]string, bool) {
	real, status := d.Real(p)
	if status < 0 {
		return nil, false
	}
	entries, err := os.ReadDir(filepath.Join(d.Root, filepath.FromSlash(real)))
	if err != nil {
		return nil, false
	}
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = entry.Name()
	}
	return names, true
}

func (d Directory) Real(p string) (string, int64) {
	root, err := filepath.EvalSymlinks(d.Root)
	if err != nil {
		return "", Missing
	}
	real, err := filepath.EvalSymlinks(filepath.Join(root, filepath.FromSlash(p)))
	if err != nil {
		return "", Missing
	}
	rel, err := filepath.Rel(root, real)
	if err != nil || rel == ".." || strings.HasPrefix(rel, "../") {
		return "", IsRefused
	}
	if rel == "." {
		return "", 0
	}
	return filepath.ToSlash(rel), 0
}
