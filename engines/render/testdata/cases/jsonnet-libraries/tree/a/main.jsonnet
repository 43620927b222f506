local l = import "l.libsonnet"; local n = import "near.libsonnet";
function(t, n=0) [l, n, std.extVar("v"), std.extVar("c"), t, importstr "x.txt"]
