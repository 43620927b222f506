package kustomize

import (
	"net/url"
	"path"
	"strings"

	"preadmit.dev/engines/abi"
	"preadmit.dev/engines/abi/tree"
	"preadmit.dev/engines/render/internal/helm"
	"sigs.k8s.io/kustomize/api/types"
)

// embed answers for what kustomize would fetch, run or write (the overlay rules make it ask).
func embed(c *abi.Call, files *fileSystem) {
	types.EmbedHelm = func(args []string) ([]byte, error) {
		inside, err := argumentsInTree(args)
		if err != nil {
			return nil, err
		}
		return helm.Execute(c, inside)
	}
	types.EmbedTemporary = mount + "/.kustomize-helm"
	types.EmbedWrite = files.WriteFile
	types.EmbedStatDir = func(path string) (exists, isDir bool) {
		n := files.stat(path)
		return n >= 0 || n == tree.IsDir, n == tree.IsDir
	}
	types.EmbedIsFileURL = isFileURL
	types.EmbedGitClone = func(url, ref, path string) (string, error) {
		reference := url
		if path != "" {
			reference += "//" + path
		}
		if ref != "" {
			reference += "?ref=" + ref
		}
		c.Miss("git", reference)
		return "", abi.Errorf(abi.Remote, "the base %s is not in this repository", reference)
	}
	types.EmbedHTTPGet = func(url string) ([]byte, error) {
		c.Miss("http", url)
		return nil, abi.Errorf(abi.Remote, "%s is not in this repository", url)
	}
}

// argumentsInTree writes the paths among the arguments of a helm command as the tree names them.
func argumentsInTree(args []string) ([]string, error) {
	out := make([]string, len(args))
	for i, arg := range args {
		if out[i] = arg; !path.IsAbs(arg) {
			continue
		}
		inside, err := inTree(arg)
		if err != nil {
			return nil, err
		}
		out[i] = inside
	}
	return out, nil
}

// isFileURL tells a file behind HTTP from a git repository. kustomize asks the server and takes what is no file for a
// repository; nothing is asked here, so what the URL says must do: a manifest's extension, and nothing of git.
func isFileURL(text string) bool {
	u, err := url.Parse(text)
	if err != nil || strings.Contains(u.Path, ".git/") || strings.Contains(u.Path, "/_git/") || strings.Contains(u.Path, "//") {
		return false
	}
	if query := u.Query(); query.Has("ref") || query.Has("version") {
		return false
	}
	switch path.Ext(u.Path) {
	case ".yaml", ".yml", ".json":
		return true
	}
	return false
}
