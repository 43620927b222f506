//go:build wasip1

package abi

import (
	"runtime"
	"runtime/debug"
	"unsafe"

	"preadmit.dev/engines/abi/tree"
)

var served map[string]Op

// Serve makes the operations callable. In WebAssembly it returns; the host calls the exports.
func Serve(ops map[string]Op) { served = ops }

// pinned keeps blocks alive while the host holds pointers to them.
var pinned = map[uintptr][]byte{}

func pin(b []byte) uint32 {
	p := uintptr(unsafe.Pointer(unsafe.SliceData(b)))
	pinned[p] = b
	return uint32(p)
}

//go:wasmexport abi
func exportAbi() uint32 { return Version }

//go:wasmexport alloc
func exportAlloc(n uint32) uint32 {
	// One byte more: a block of no bytes needs an address of its own too.
	return pin(make([]byte, n+1))
}

//go:wasmexport release
func exportRelease(p uint32) { delete(pinned, uintptr(p)) }

//go:wasmexport call
func exportCall(op, p, n uint32) uint64 {
	switch op {
	case 0:
		out := Answer(served, pinned[uintptr(p)][:n], tree.Host{})
		return uint64(pin(out))<<32 | uint64(len(out))
	case 1:
		runtime.GC()
	case 2:
		debug.SetGCPercent(int(int32(p)))
	case 3:
		scrub()
	}
	return 0
}

// scrub overwrites idle spans with zeros, so that a snapshot of the memory compresses: two collections free what
// warm-up left, blocks of several sizes then take the idle spans (Go zeroes what it hands out), two more free them.
func scrub() {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	system := stats.HeapSys
	var keep [][]byte
	for _, size := range []int{1 << 20, 256 << 10, 64 << 10, 8 << 10} {
		for {
			keep = append(keep, make([]byte, size))
			runtime.ReadMemStats(&stats)
			if stats.HeapSys > system || stats.HeapIdle < uint64(size) {
				break
			}
		}
		system = max(system, stats.HeapSys)
	}
	runtime.KeepAlive(keep)
	keep = nil
	runtime.GC()
	runtime.GC()
}
