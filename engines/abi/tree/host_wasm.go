//go:build wasip1

package tree

import (
	"strings"
	"unsafe"
)

//go:wasmimport tree stat
func hostStat(p unsafe.Pointer, n uint32) int64

//go:wasmimport tree read
func hostRead(p unsafe.Pointer, n uint32, dst unsafe.Pointer)

//go:wasmimport tree list
func hostList(p unsafe.Pointer, n uint32, dst unsafe.Pointer, capacity uint32) int32

//go:wasmimport tree real
func hostReal(p unsafe.Pointer, n uint32, dst unsafe.Pointer, capacity uint32) int32

// Host asks the TypeScript side.
type Host struct{}

func text(p string) (unsafe.Pointer, uint32) {
	return unsafe.Pointer(unsafe.StringData(p)), uint32(len(p))
}

func (Host) Stat(p string) int64 {
	at, n := text(p)
	return hostStat(at, n)
}

func (Host) Read(p string, dst []byte) {
	at, n := text(p)
	hostRead(at, n, unsafe.Pointer(unsafe.SliceData(dst)))
}

func (Host) List(p string) ([]string, bool) {
	at, n := text(p)
	b, status := fetch(func(dst unsafe.Pointer, capacity uint32) int32 { return hostList(at, n, dst, capacity) })
	if status < 0 {
		return nil, false
	}
	if len(b) == 0 {
		return nil, true
	}
	return strings.Split(string(b), "\x00"), true
}

func (Host) Real(p string) (string, int64) {
	at, n := text(p)
	b, status := fetch(func(dst unsafe.Pointer, capacity uint32) int32 { return hostReal(at, n, dst, capacity) })
	if status < 0 {
		return "", int64(status)
	}
	return string(b), 0
}

// fetch calls with a buffer, and once more with a larger one when the answer did not fit.
func fetch(call func(dst unsafe.Pointer, capacity uint32) int32) ([]byte, int32) {
	b := make([]byte, 4096)
	n := call(unsafe.Pointer(unsafe.SliceData(b)), uint32(len(b)))
	if n > int32(len(b)) {
		b = make([]byte, n)
		n = call(unsafe.Pointer(unsafe.SliceData(b)), uint32(len(b)))
	}
	if n < 0 {
		return nil, n
	}
	return b[:n], n
}
