module preadmit.dev/engines/abi

go 1.26.0
