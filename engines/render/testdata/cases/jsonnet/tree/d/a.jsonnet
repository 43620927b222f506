local l = import "l.libsonnet"; function(t) [l { e: std.extVar("e"), t: t } + (import "near.libsonnet")]
