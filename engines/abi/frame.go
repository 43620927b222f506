package abi

import (
	"encoding/binary"
	"errors"
)

// Frames carry a JSON header and blobs, as docs/engine-abi.md describes:
// u32 header length, header, u32 number of blobs, then u32 length and bytes of each.

var errShortFrame = errors.New("frame ends before its content")

// DecodeFrame splits a frame. The slices alias b.
func DecodeFrame(b []byte) (header []byte, blobs [][]byte, err error) {
	header, b, err = block(b)
	if err != nil {
		return nil, nil, err
	}
	if len(b) < 4 {
		return nil, nil, errShortFrame
	}
	n := binary.LittleEndian.Uint32(b)
	b = b[4:]
	for range n {
		var blob []byte
		if blob, b, err = block(b); err != nil {
			return nil, nil, err
		}
		blobs = append(blobs, blob)
	}
	return header, blobs, nil
}

func block(b []byte) (content, rest []byte, err error) {
	if len(b) < 4 {
		return nil, nil, errShortFrame
	}
	n := int(binary.LittleEndian.Uint32(b))
	if n < 0 || n > len(b)-4 {
		return nil, nil, errShortFrame
	}
	return b[4 : 4+n : 4+n], b[4+n:], nil
}

// EncodeFrame joins a header and blobs.
func EncodeFrame(header []byte, blobs ...[]byte) []byte {
	size := 8 + len(header)
	for _, blob := range blobs {
		size += 4 + len(blob)
	}
	out := make([]byte, 0, size)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(header)))
	out = append(out, header...)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(blobs)))
	for _, blob := range blobs {
		out = binary.LittleEndian.AppendUint32(out, uint32(len(blob)))
		out = append(out, blob...)
	}
	return out
}
