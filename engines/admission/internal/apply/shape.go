package apply

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	smd "sigs.k8s.io/structured-merge-diff/v6/schema"
)

// shape is a type of structured-merge-diff, resolved once for all values.
type shape struct {
	schema *smd.Schema
	ref    smd.TypeRef
	opened bool

	scalar *smd.Scalar
	// isMap: members by the length of their names, which tells most of them apart, and those that an entry need not have
	// although it is known by them.
	isMap    bool
	members  [][]shapeMember
	defaults map[string]bool
	isList   bool
	// associative lists are sets, or maps with these keys.
	associative bool
	keys        []string
	// others is the type of the entries of a list and of all members that have no type of their own; nil without one.
	others *shape
}

type shapeMember struct {
	name string
	of   *shape
}

var shapes = map[schema.GroupVersionKind]*shape{}

func shapeOf(kind schema.GroupVersionKind) *shape {
	of, ok := shapes[kind]
	if !ok {
		empty := &unstructured.Unstructured{}
		empty.SetGroupVersionKind(kind)
		if value, err := Builtin.ObjectToTyped(empty); err == nil {
			of = &shape{schema: value.Schema(), ref: value.TypeRef()}
		}
		shapes[kind] = of
	}
	return of
}

// open resolves a type when the first value needs it: types may hold themselves.
func (s *shape) open() {
	if s.opened {
		return
	}
	s.opened = true
	atom, ok := s.schema.Resolve(s.ref)
	if !ok {
		return
	}
	s.scalar = atom.Scalar
	if atom.Map != nil {
		s.isMap = true
		s.defaults = map[string]bool{}
		if atom.Map.ElementType != (smd.TypeRef{}) {
			s.others = &shape{schema: s.schema, ref: atom.Map.ElementType}
		}
		for _, field := range atom.Map.Fields {
			for len(s.members) <= len(field.Name) {
				s.members = append(s.members, nil)
			}
			one := shapeMember{field.Name, &shape{schema: s.schema, ref: field.Type}}
			s.members[len(field.Name)] = append(s.members[len(field.Name)], one)
			s.defaults[field.Name] = field.Default != nil
		}
	}
	if atom.List != nil {
		// No type of a built-in kind is a list and a map; one that is would not be plain.
		s.isList, s.isMap = !s.isMap, false
		s.associative, s.keys = atom.List.ElementRelationship == smd.Associative, atom.List.Keys
		s.others = &shape{schema: s.schema, ref: atom.List.ElementType}
	}
}

// member is the type of a member; nil when it has none.
func (s *shape) member(name []byte) *shape {
	if len(name) < len(s.members) {
		for _, one := range s.members[len(name)] {
			if one.name == string(name) {
				return one.of
			}
		}
	}
	return s.others
}

func (s *shape) is(of smd.Scalar) bool {
	return s.scalar != nil && (*s.scalar == of || *s.scalar == smd.Untyped)
}
