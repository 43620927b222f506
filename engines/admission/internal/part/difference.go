package part

import (
	"bytes"
	"slices"

	kjson "sigs.k8s.io/json"
)

// opened are the members that are compared inside. None of them is merged as one value, or with the strategy retainKeys
// under which an unchanged member says what to keep.
var opened = []string{"metadata", "spec", "template", "jobTemplate"}

// openedLists are the lists that are compared entry by entry, by the member that is patchMergeKey and listMapKey of all of
// them. None is merged with the strategy retainKeys.
var openedLists = map[string]string{
	"containers": "name", "initContainers": "name", "env": "name", "volumeMounts": "mountPath",
}

// Difference is what two manifests of one object do not have in common.
type Difference struct {
	// Old and New hold the differing members, the keys of lists that were compared inside, and the kind. Numbers are
	// read as the API machinery does.
	Old, New map[string]any
	// Text is New as JSON.
	Text []byte
	// Grows says that surely nothing is there in the old manifest that the new one does not say too, perhaps of another
	// value.
	Grows    bool
	branches []branch
}

// branch is a member that differs. It differs as a whole unless members or entries are told.
type branch struct {
	name    string
	members []branch
	// entries of a list by key: those of the old manifest in their order, then those that only the new one has.
	key     string
	entries []entry
	whole   bool
}

// entry is one entry of a list.
type entry struct {
	key     string
	members []branch
	// old holds what differs of the old manifest.
	old map[string]any
	// added and removed entries stand in one of the manifests and are there as a whole; the same ones stand in both and
	// take no part.
	added, removed, same bool
}

// Between compares two manifests; false when they have to be read as a whole. Equal is what is written alike.
func Between(old, object Manifest) (*Difference, bool) {
	was, is := old.members, object.members
	d := &Difference{Old: map[string]any{}, New: map[string]any{}}
	w := &walk{grows: true}
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
	d.Text, d.Grows = w.out.Bytes(), w.grows
	return d, ok
}

type walk struct {
	out   bytes.Buffer
	grows bool
}

// comma writes what stands between members and entries.
func (w *walk) comma() {
	if last := w.out.Bytes()[w.out.Len()-1]; last != '{' && last != '[' {
		w.out.WriteByte(',')
	}
}

// name writes the name of the next member.
func (w *walk) name(name string) {
	w.comma()
	w.out.WriteByte('"')
	w.out.WriteString(name)
	w.out.WriteString(`":`)
}

func (w *walk) object(was, is []member, old, object map[string]any) ([]branch, bool) {
	var branches []branch
	// An object that holds nothing is a value of its own.
	w.grows = w.grows && len(was) > 0
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
			w.grows = false
		}
	}
	return branches, true
}

// member compares two values that are not written alike; before is nil where there was none.
func (w *walk) member(m member, before []byte, old, object map[string]any) (branch, bool) {
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
	if key := openedLists[m.name]; before != nil && key != "" {
		if was, is, ok := pairs(before, m.value, key); ok {
			return w.list(m.name, key, was, is, old, object)
		}
	}
	w.out.Write(m.value)
	w.grows = w.grows && grows(before, m.value)
	ok := set(object, m.name, m.value) && (before == nil || set(old, m.name, before))
	return branch{name: m.name, whole: true}, ok
}

// grows says whether every member of one value is one of another too. Of lists that is not known, because an entry may be
// a member.
func grows(old, object []byte) bool {
	if bytes.Contains(object, []byte("null")) || bytes.Contains(old, []byte("null")) {
		return false
	}
	if len(old) == 0 || bytes.Equal(old, object) {
		return true
	}
	if old[0] == '[' || object[0] == '[' || (old[0] == '{') != (object[0] == '{') {
		return false
	}
	if old[0] != '{' {
		return true
	}
	was, plain := members(old)
	is, plainToo := members(object)
	if !plain || !plainToo || len(was) == 0 {
		return false
	}
	for _, m := range was {
		now := find(is, m.name)
		if now == nil || !grows(m.value, now) {
			return false
		}
	}
	return true
}

func (w *walk) list(name, key string, was, is []keyed, old, object map[string]any) (branch, bool) {
	before, after := make([]any, 0, len(was)), make([]any, 0, len(is))
	entries := make([]entry, len(was), len(was)+len(is))
	for i := range was {
		entries[i] = entry{key: was[i].key, removed: true}
	}
	extended := extends(was, is)
	w.out.WriteByte('[')
	for i := range is {
		from := at(was, is[i].key)
		if extended && from >= 0 && bytes.Equal(was[from].text, is[i].text) {
			entries[from] = entry{key: is[i].key, same: true}
			continue
		}
		w.comma()
		then := map[string]any{key: is[i].key}
		after = append(after, then)
		if from < 0 {
			w.out.Write(is[i].text)
			w.grows = w.grows && !bytes.Contains(is[i].text, []byte("null"))
			if !setAll(then, is[i].members) {
				return branch{}, false
			}
			entries = append(entries, entry{key: is[i].key, added: true})
			continue
		}
		w.out.WriteByte('{')
		w.name(key)
		w.out.Write(find(is[i].members, key))
		below := map[string]any{key: is[i].key}
		branches, ok := w.object(was[from].members, is[i].members, below, then)
		w.out.WriteByte('}')
		if !ok {
			return branch{}, false
		}
		entries[from] = entry{key: is[i].key, members: branches, old: below}
	}
	w.out.WriteByte(']')
	for i := range was {
		switch e := entries[i]; {
		case e.same:
		case e.removed:
			w.grows = false
			below := map[string]any{}
			if !setAll(below, was[i].members) {
				return branch{}, false
			}
			before = append(before, below)
		default:
			before = append(before, e.old)
		}
	}
	old[name], object[name] = before, after
	return branch{name: name, key: key, entries: entries}, true
}

// extends says whether a list begins with the keys of another one. Then it stays so when both are merged into a list
// with those keys, and entries that are alike need no merge.
func extends(was, is []keyed) bool {
	if len(is) < len(was) {
		return false
	}
	alike := len(is) == len(was)
	for i := range was {
		if was[i].key != is[i].key {
			return false
		}
		alike = alike && bytes.Equal(was[i].text, is[i].text)
	}
	return !alike
}

// keyed is an entry of a list by its key.
type keyed struct {
	key     string
	text    []byte
	members []member
}

// at answers where an entry stands; less than zero where there is none.
func at(list []keyed, key string) int {
	return slices.IndexFunc(list, func(k keyed) bool { return k.key == key })
}

// pairs splits two lists in which each key stands once.
func pairs(old, object []byte, key string) (was, is []keyed, ok bool) {
	if was, ok = keyedItems(old, key); !ok {
		return nil, nil, false
	}
	is, ok = keyedItems(object, key)
	return was, is, ok && len(was) > 0 && len(is) > 0
}

// mostEntries bounds the lists that are compared inside.
const mostEntries = 64

func keyedItems(raw []byte, key string) ([]keyed, bool) {
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
		value, ok := textOf(find(found, key))
		if !ok || at(entries, value) >= 0 {
			return nil, false
		}
		entries = append(entries, keyed{value, item, found})
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

func setAll(object map[string]any, members []member) bool {
	return !slices.ContainsFunc(members, func(m member) bool { return !set(object, m.name, m.value) })
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
