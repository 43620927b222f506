package part

import (
	"bytes"
	"slices"

	kjson "sigs.k8s.io/json"
)

// opened are the members that are compared inside. None of them is merged as one value, or with the strategy retainKeys
// under which an unchanged member says what to keep.
var opened = []string{"metadata", "spec", "template", "jobTemplate"}

// openedLists are the lists that are compared entry by entry: patchMergeKey and listMapKey of both is the name.
var openedLists = []string{"containers", "initContainers"}

const entryKey = "name"

// Difference is what two manifests of one object do not have in common.
type Difference struct {
	// Old and New hold the differing members, the keys of lists that were compared inside, and the kind. Numbers are
	// read as the API machinery does.
	Old, New map[string]any
	// Text is New as JSON.
	Text     []byte
	branches []branch
}

// branch is a member that differs. It differs as a whole unless members or entries are told.
type branch struct {
	name    string
	members []branch
	entries []entry
	whole   bool
}

// entry is one entry of a list, all of which are told in their order.
type entry struct {
	key     string
	members []branch
}

// Between compares two manifests; false when they have to be read as a whole. Equal is what is written alike.
func Between(old, object Manifest) (*Difference, bool) {
	was, is := old.members, object.members
	d := &Difference{Old: map[string]any{}, New: map[string]any{}}
	w := walk{out: &bytes.Buffer{}}
	w.out.WriteByte('{')
	for _, name := range []string{"apiVersion", "kind"} {
		value := find(is, name)
		if value == nil || !bytes.Equal(value, find(was, name)) {
			return nil, false
		}
		said, ok := textOf(value)
		if !ok {
			return nil, false
		}
		d.Old[name], d.New[name] = said, said
		w.name(name)
		w.out.Write(value)
	}
	var ok bool
	d.branches, ok = w.object(was, is, d.Old, d.New)
	w.out.WriteByte('}')
	d.Text = w.out.Bytes()
	return d, ok
}

type walk struct{ out *bytes.Buffer }

// name writes the name of the next member.
func (w walk) name(name string) {
	if last := w.out.Bytes()[w.out.Len()-1]; last != '{' {
		w.out.WriteByte(',')
	}
	w.out.WriteByte('"')
	w.out.WriteString(name)
	w.out.WriteString(`":`)
}

func (w walk) object(was, is []member, old, object map[string]any) ([]branch, bool) {
	var branches []branch
	for _, m := range is {
		before := find(was, m.name)
		if before != nil && bytes.Equal(before, m.value) {
			continue
		}
		w.name(m.name)
		one, ok := w.member(m, before, old, object)
		if !ok {
			return nil, false
		}
		branches = append(branches, one)
	}
	for _, m := range was {
		if find(is, m.name) == nil {
			if !set(old, m.name, m.value) {
				return nil, false
			}
			branches = append(branches, branch{name: m.name, whole: true})
		}
	}
	return branches, true
}

// member compares two values that are not written alike; before is nil where there was none.
func (w walk) member(m member, before []byte, old, object map[string]any) (branch, bool) {
	if before != nil && slices.Contains(opened, m.name) {
		was, wasObject := members(before)
		is, isObject := members(m.value)
		if wasObject && isObject {
			below, then := map[string]any{}, map[string]any{}
			w.out.WriteByte('{')
			branches, ok := w.object(was, is, below, then)
			w.out.WriteByte('}')
			old[m.name], object[m.name] = below, then
			return branch{name: m.name, members: branches}, ok
		}
	}
	if before != nil && slices.Contains(openedLists, m.name) {
		if was, is, ok := pairs(before, m.value); ok {
			return w.list(m.name, was, is, old, object)
		}
	}
	w.out.Write(m.value)
	ok := set(object, m.name, m.value) && (before == nil || set(old, m.name, before))
	return branch{name: m.name, whole: true}, ok
}

func (w walk) list(name string, was, is []keyed, old, object map[string]any) (branch, bool) {
	one := branch{name: name, entries: make([]entry, 0, len(is))}
	before, after := make([]any, 0, len(was)), make([]any, 0, len(is))
	w.out.WriteByte('[')
	for i := range is {
		if i > 0 {
			w.out.WriteByte(',')
		}
		below, then := map[string]any{entryKey: is[i].key}, map[string]any{entryKey: is[i].key}
		w.out.WriteByte('{')
		w.name(entryKey)
		w.out.Write(find(is[i].members, entryKey))
		branches, ok := w.object(was[i].members, is[i].members, below, then)
		w.out.WriteByte('}')
		if !ok {
			return branch{}, false
		}
		one.entries = append(one.entries, entry{is[i].key, branches})
		before, after = append(before, below), append(after, then)
	}
	w.out.WriteByte(']')
	old[name], object[name] = before, after
	return one, true
}

// keyed is an entry of a list by its key.
type keyed struct {
	key     string
	members []member
}

// pairs splits two lists whose entries have the same keys in the same order, each once.
func pairs(old, object []byte) (was, is []keyed, ok bool) {
	if was, ok = keyedItems(old); !ok {
		return nil, nil, false
	}
	if is, ok = keyedItems(object); !ok || len(was) != len(is) {
		return nil, nil, false
	}
	for i := range is {
		if was[i].key != is[i].key || slices.ContainsFunc(is[:i], func(k keyed) bool { return k.key == is[i].key }) {
			return nil, nil, false
		}
	}
	return was, is, true
}

// mostEntries bounds the lists that are compared inside; pods have a few containers.
const mostEntries = 64

func keyedItems(raw []byte) ([]keyed, bool) {
	list, ok := items(raw)
	if !ok || len(list) > mostEntries {
		return nil, false
	}
	entries := make([]keyed, 0, len(list))
	for _, item := range list {
		found, ok := members(item)
		if !ok {
			return nil, false
		}
		key, ok := textOf(find(found, entryKey))
		if !ok {
			return nil, false
		}
		entries = append(entries, keyed{key, found})
	}
	return entries, true
}

func find(list []member, name string) []byte {
	for i := range list {
		if list[i].name == name {
			return list[i].value
		}
	}
	return nil
}

// set reads a value as unstructured objects are read.
func set(object map[string]any, name string, raw []byte) bool {
	var value any
	if kjson.UnmarshalCaseSensitivePreserveInts(raw, &value) != nil {
		return false
	}
	object[name] = value
	return true
}
