package tree

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestClean(t *testing.T) {
	for path, want := range map[string]string{
		"": "", ".": "", "/": "", "a": "a", "/a/": "a", "a/../b": "b", "a/./b//c": "a/b/c", "a/..": "",
		"..": "outside", "../a": "outside", "a/../../b": "outside", "/../a": "outside",
	} {
		got, ok := Clean(path)
		if !ok {
			got = "outside"
		}
		if got != want {
			t.Errorf("%q: %q, want %q", path, got, want)
		}
	}
}

func TestDirectoryFollowsLinksInside(t *testing.T) {
	root := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.Mkdir(filepath.Join(root, "d"), 0o755))
	must(os.WriteFile(filepath.Join(root, "d", "f"), []byte("text"), 0o644))
	must(os.Symlink("d", filepath.Join(root, "inside")))
	must(os.Symlink("..", filepath.Join(root, "up")))
	must(os.Symlink("loop", filepath.Join(root, "loop")))
	must(os.Symlink("nowhere", filepath.Join(root, "dangling")))

	tree := New(Directory{Root: root})
	for path, want := range map[string]int64{
		"": IsDir, "d": IsDir, "d/f": 4, "inside/f": 4, "up": IsRefused, "dangling": Missing, "nope": Missing, "../x": Missing,
	} {
		if got := tree.Stat(path); got != want {
			t.Errorf("stat %q: %d, want %d", path, got, want)
		}
	}
	if real, err := tree.Real("inside/f"); err != nil || real != "d/f" {
		t.Errorf("real: %q %v", real, err)
	}
	if _, err := tree.ReadFile("up"); !errors.Is(err, ErrRefused) {
		t.Errorf("a link out of the tree: %v", err)
	}
	if _, err := tree.ReadFile("nope"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

func TestLaidFilesStandOverTheTree(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "b"), []byte("below"), 0o644); err != nil {
		t.Fatal(err)
	}
	tree := New(Directory{Root: root})
	tree.Lay("new/deep/f", []byte("laid"))
	tree.Lay("b", []byte("over"))
	tree.Lay("../out", []byte("lost"))
	for path, want := range map[string]string{"new/deep/f": "laid", "b": "over"} {
		if got, err := tree.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%s: %q %v", path, got, err)
		}
	}
	names, err := tree.List("")
	if err != nil || !slices.Equal(names, []string{"b", "new"}) {
		t.Errorf("%v %v", names, err)
	}
	if tree.Stat("new/deep") != IsDir || tree.Stat("out") != Missing {
		t.Error("folders of laid files, and nothing above the root")
	}
}
