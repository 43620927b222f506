package operations

import (
	"encoding/json"
	"strconv"

	"preadmit.dev/engines/abi"
	"preadmit.dev/engines/admission/internal/write"
)

// Objects may travel beside the header of a request: a number stands for the blob at that position, which is JSON. A
// header is read twice before anything else is done with it, and objects are most of it.

// given answers an object, wherever it travelled.
func given(c *abi.Call, object json.RawMessage) (json.RawMessage, error) {
	if len(object) == 0 || object[0] < '0' || object[0] > '9' {
		return object, nil
	}
	position, err := strconv.Atoi(string(object))
	if err != nil || position >= len(c.Blobs) {
		return nil, abi.Errorf(abi.BadRequest, "there is no blob %s", object)
	}
	return c.Blobs[position], nil
}

func givenList(c *abi.Call, objects []json.RawMessage) (err error) {
	for i := range objects {
		if objects[i], err = given(c, objects[i]); err != nil {
			return err
		}
	}
	return nil
}

// decodeWrites reads writes with their objects.
func decodeWrites(c *abi.Call, writes []write.Request) (err error) {
	for i := range writes {
		if err = decodeWrite(c, &writes[i]); err != nil {
			return err
		}
	}
	return nil
}

func decodeWrite(c *abi.Call, one *write.Request) (err error) {
	if one.Object, err = given(c, one.Object); err == nil {
		one.Old, err = given(c, one.Old)
	}
	return err
}
