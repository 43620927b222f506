package part

import (
	"bytes"
	"slices"

	kjson "sigs.k8s.io/json"
)

// opened are the members that are compared inside. None of them is merged as one value, or with the strategy retainKeys
// under which an unchanged member says what to keep.
var opened = []string{"metadata", "spec", "template", "jobTemplate", "labels", "annotations"}

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
	Grows bool
	// Direct says that whoever applies the new manifest finds what it says here in the stored object, whatever was there:
	// scalars that the new one says, and entries that follow those that both have.
	Direct   bool
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
	// text of an entry that was added.
	text []byte
	// added and removed entries stand in one of the manifests and are there as a whole; the same ones stand in both and
	// take no part.
	added, removed, same bool
}

// Between compares two manifests; false when they have to be read as a whole. Equal is what is written alike.
func Between(old, object Manifest) (*Difference, bool) {
	w := &walk{traits: traits{grows: true, direct: true}}
	w.out.WriteByte('{')
	kind := map[string]any{}
	for _, name := range []string{"apiVersion", "kind"} {
		value := find(object.members, name)
		if value == nil || !bytes.Equal(value, find(old.members, name)) || !set(kind, name, value) {
			return nil, false
		}
		w.name(name)
		w.out.Write(value)
	}
	found, ok := w.object(old.raw, object.raw)
	if !ok {
		return nil, false
	}
	w.out.WriteByte('}')
	d := &Difference{
		Old: found.old, New: found.new, Text: w.out.Bytes(),
		Grows: w.grows, Direct: w.direct, branches: found.branches,
	}
	for _, side := range []*map[string]any{&d.Old, &d.New} {
		if *side == nil {
			*side = map[string]any{}
		}
		(*side)["apiVersion"], (*side)["kind"] = kind["apiVersion"], kind["kind"]
	}
	return d, true
}

type walk struct {
	out bytes.Buffer
	traits
}

// traits are what Difference says of the whole.
type traits struct{ grows, direct bool }

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

// differing is what differs between two objects; without branches nothing does.
type differing struct {
	old, new map[string]any
	branches []branch
	// endOld and endNew are where the objects end in their texts.
	endOld, endNew int
}

func (d *differing) add(one branch) {
	if d.old == nil {
		d.old, d.new = map[string]any{}, map[string]any{}
	}
	d.branches = append(d.branches, one)
}

// object compares the objects with which two texts begin and writes the differing members of the new one. Texts with the
// same members in the same order, as most are, are read side by side and once.
func (w *walk) object(was, is []byte) (differing, bool) {
	start, before := w.out.Len(), w.traits
	if found, ok := w.sideBySide(was, is); ok {
		return found, true
	}
	w.out.Truncate(start)
	w.traits = before
	return w.byName(was, is)
}

// sideBySide is object for texts with the same members in one order; false for others. The old text was decoded before,
// so none of its names stands there twice.
func (w *walk) sideBySide(was, is []byte) (differing, bool) {
	var d differing
	i, moreOld := first(was, '{', '}')
	j, moreNew := first(is, '{', '}')
	for moreOld && moreNew {
		before, from, okOld := memberAt(was, i)
		name, at, okNew := memberAt(is, j)
		if !okOld || !okNew || !bytes.Equal(before, name) || bytes.ContainsFunc(name, unusual) {
			return d, false
		}
		endOld, endNew, ok := w.values(&d, string(name), was[from:], is[at:])
		if !ok {
			return d, false
		}
		i, moreOld = next(was, from+endOld, '}')
		j, moreNew = next(is, at+endNew, '}')
	}
	d.endOld, d.endNew = i, j
	return d, !moreOld && !moreNew && i > 0 && j > 0
}

// values compares the values of one member with which two texts begin, and answers where they end.
func (w *walk) values(d *differing, name string, was, is []byte) (endOld, endNew int, ok bool) {
	if isOpened(name) && starts(was, '{') && starts(is, '{') {
		mark := w.out.Len()
		w.name(name)
		w.out.WriteByte('{')
		below, ok := w.object(was, is)
		if !ok {
			return 0, 0, false
		}
		if len(below.branches) == 0 {
			w.out.Truncate(mark)
			return below.endOld, below.endNew, true
		}
		w.out.WriteByte('}')
		d.add(branch{name: name, members: below.branches})
		d.old[name], d.new[name] = below.old, below.new
		return below.endOld, below.endNew, true
	}
	if endNew, ok = value(is, 0); !ok {
		return 0, 0, false
	}
	if endNew < len(was) && bytes.Equal(was[:endNew], is[:endNew]) && ends(was[endNew]) {
		return endNew, endNew, true
	}
	if endOld, ok = value(was, 0); !ok {
		return 0, 0, false
	}
	return endOld, endNew, w.member(d, name, was[:endOld], is[:endNew])
}

func isOpened(name string) bool { return slices.Contains(opened, name) }

func starts(raw []byte, with byte) bool { return len(raw) > 0 && raw[0] == with }

// ends says whether a value ends before a character.
func ends(c byte) bool {
	return c == ',' || c == '}' || c == ']' || c == ' ' || c == '\n' || c == '\r' || c == '\t'
}

// byName is object for any two texts.
func (w *walk) byName(was, is []byte) (d differing, ok bool) {
	before, endOld, okOld := members(was)
	after, endNew, okNew := members(is)
	if !okOld || !okNew {
		return d, false
	}
	d.endOld, d.endNew = endOld, endNew
	// An object that holds nothing is a value of its own.
	w.grows, w.direct = w.grows && len(before) > 0, w.direct && len(before) > 0
	for _, m := range after {
		value := find(before, m.name)
		switch {
		case value == nil:
			w.name(m.name)
			w.out.Write(m.value)
			w.grows = w.grows && !bytes.Contains(m.value, null)
			w.direct = w.direct && isScalar(m.value)
			d.add(branch{name: m.name, whole: true})
			ok = set(d.new, m.name, m.value)
		case isOpened(m.name):
			_, _, ok = w.values(&d, m.name, value, m.value)
		default:
			ok = bytes.Equal(value, m.value) || w.member(&d, m.name, value, m.value)
		}
		if !ok {
			return d, false
		}
	}
	for _, m := range before {
		if find(after, m.name) == nil {
			d.add(branch{name: m.name, whole: true})
			if !set(d.old, m.name, m.value) {
				return d, false
			}
			w.grows, w.direct = false, false
		}
	}
	return d, true
}

// member takes two values that are not written alike.
func (w *walk) member(d *differing, name string, was, is []byte) bool {
	w.name(name)
	if key := openedLists[name]; key != "" {
		if before, after, ok := pairs(was, is, key); ok {
			return w.list(d, name, key, before, after)
		}
	}
	w.out.Write(is)
	w.grows = w.grows && grows(was, is)
	w.direct = w.direct && isScalar(was) && isScalar(is)
	d.add(branch{name: name, whole: true})
	return set(d.new, name, is) && set(d.old, name, was)
}

var null = []byte("null")

// isScalar is whether a value is a string, a number or a boolean.
func isScalar(raw []byte) bool { return !starts(raw, '{') && !starts(raw, '[') && !starts(raw, 'n') }

// grows says whether every member of one value is one of another too. Of lists that is not known, because an entry may be
// a member.
func grows(was, is []byte) bool {
	if bytes.Contains(was, null) || bytes.Contains(is, null) {
		return false
	}
	if bytes.Equal(was, is) {
		return true
	}
	if starts(was, '[') || starts(is, '[') || starts(was, '{') != starts(is, '{') {
		return false
	}
	if !starts(was, '{') {
		return true
	}
	before, _, okOld := members(was)
	after, _, okNew := members(is)
	if !okOld || !okNew || len(before) == 0 {
		return false
	}
	return !slices.ContainsFunc(before, func(m member) bool {
		now := find(after, m.name)
		return now == nil || !grows(m.value, now)
	})
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
