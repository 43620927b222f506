module preadmit.dev/engines/build/overlay

go 1.26.0
