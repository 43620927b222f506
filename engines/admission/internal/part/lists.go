package part

import (
	"bytes"
	"slices"
)

// list takes two lists that are not written alike and writes the new one, without the entries that need no merge.
func (w *walk) list(d *differing, name, key string, was, is []keyed) bool {
	entries := make([]entry, len(was), len(was)+len(is))
	for i := range was {
		entries[i] = entry{key: was[i].key, removed: true}
	}
	// By position in the old list.
	before := make([]map[string]any, len(was))
	after := make([]any, 0, len(is))
	extended := extends(was, is)
	w.direct = w.direct && extended
	w.out.WriteByte('[')
	for _, one := range is {
		from := at(was, one.key)
		if extended && from >= 0 && bytes.Equal(was[from].text, one.text) {
			entries[from] = entry{key: one.key, same: true}
			continue
		}
		w.comma()
		if from < 0 {
			w.out.Write(one.text)
			mayBeNull := bytes.Contains(one.text, null)
			w.grows, w.direct = w.grows && !mayBeNull, w.direct && !mayBeNull
			added, ok := entryIn(one.text)
			if !ok {
				return false
			}
			after = append(after, added)
			entries = append(entries, entry{key: one.key, added: true, text: one.text})
			continue
		}
		w.out.WriteByte('{')
		w.name(key)
		w.out.Write(one.value)
		found, ok := w.object(was[from].text, one.text)
		if !ok {
			return false
		}
		w.out.WriteByte('}')
		before[from] = withKey(found.old, key, one.key)
		after = append(after, withKey(found.new, key, one.key))
		entries[from] = entry{key: one.key, members: found.branches}
	}
	w.out.WriteByte(']')
	old := make([]any, 0, len(was))
	for i := range was {
		switch {
		case before[i] != nil:
			old = append(old, before[i])
		case entries[i].removed:
			w.grows = false
			removed, ok := entryIn(was[i].text)
			if !ok {
				return false
			}
			old = append(old, removed)
		}
	}
	d.add(branch{name: name, key: key, entries: entries})
	d.old[name], d.new[name] = old, after
	return true
}

func withKey(object map[string]any, key, value string) map[string]any {
	if object == nil {
		object = map[string]any{}
	}
	object[key] = value
	return object
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

// keyed is an entry of a list by its key; value is the key as it is written.
type keyed struct {
	key         string
	value, text []byte
}

// at answers where an entry stands; less than zero where there is none.
func at(list []keyed, key string) int {
	return slices.IndexFunc(list, func(k keyed) bool { return k.key == key })
}

// pairs splits two lists in which each key stands once.
func pairs(was, is []byte, key string) (before, after []keyed, ok bool) {
	if before, ok = keyedItems(was, key); !ok {
		return nil, nil, false
	}
	after, ok = keyedItems(is, key)
	return before, after, ok && len(before) > 0 && len(after) > 0
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
		written, ok := keyOf(item, key)
		if !ok {
			return nil, false
		}
		value, ok := textOf(written)
		if !ok || at(entries, value) >= 0 {
			return nil, false
		}
		entries = append(entries, keyed{value, written, item})
	}
	return entries, true
}

// keyOf finds one member of an object, which mostly is the first.
func keyOf(raw []byte, key string) ([]byte, bool) {
	at, more := first(raw, '{', '}')
	for more {
		name, start, ok := memberAt(raw, at)
		if !ok {
			return nil, false
		}
		end, ok := value(raw, start)
		if !ok || string(name) == key {
			return raw[start:end], ok
		}
		at, more = next(raw, end, '}')
	}
	return nil, false
}

// entryIn reads one entry as unstructured objects are read.
func entryIn(raw []byte) (map[string]any, bool) {
	holder := map[string]any{}
	if !set(holder, "entry", raw) {
		return nil, false
	}
	entry, ok := holder["entry"].(map[string]any)
	return entry, ok
}
