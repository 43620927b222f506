package tree

import (
	"io/fs"
	"time"
)

// Info describes a file or folder of the tree to libraries that walk file systems. Everything is old and readable: a
// tree has neither times nor permissions.
type Info struct {
	Base   string
	Length int64
	Folder bool
}

func (i Info) Name() string       { return i.Base }
func (i Info) Size() int64        { return i.Length }
func (i Info) ModTime() time.Time { return time.Time{} }
func (i Info) IsDir() bool        { return i.Folder }
func (i Info) Sys() any           { return nil }

func (i Info) Mode() fs.FileMode {
	if i.Folder {
		return fs.ModeDir | 0o755
	}
	return 0o644
}
