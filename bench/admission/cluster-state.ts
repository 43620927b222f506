/**
 * Refusals that depend on what else a cluster holds or how it was started. The throw-away server holds nothing but the
 * object itself, so that it refuses what a cluster with those objects takes: no disagreement about the object, and
 * counted by itself. The sentences are those of the plugins and allocators of k8s.io/kubernetes.
 */
import type { Answer } from './case.ts'

const states: readonly { readonly reason: string; readonly sentence: RegExp }[] = [
  {
    // plugin/pkg/admission/storage/persistentvolume/resize
    reason: 'a claim grows, and its StorageClass is not there',
    sentence:
      /only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize$/,
  },
  {
    // plugin/pkg/admission/priority
    reason: 'the PriorityClass is not there',
    sentence: /no PriorityClass with name \S* was found$/,
  },
  {
    // plugin/pkg/admission/priority
    reason: 'another PriorityClass is the default',
    sentence: /PriorityClass \S+ is already marked as default/,
  },
  {
    // plugin/pkg/admission/runtimeclass
    reason: 'the RuntimeClass is not there',
    sentence: /pod rejected: RuntimeClass "[^"]*" not found$/,
  },
  {
    // pkg/registry/core/service/{ipallocator,portallocator}
    reason: 'the address or node port of a Service is taken or outside of the range',
    sentence:
      /provided (?:IP|port) is already allocated|is not in the valid range|not in any of the configured/,
  },
  {
    // k8s.io/apiserver/pkg/admission/plugin/namespace/lifecycle: no controller empties one here
    reason: 'the namespace is going away, by an earlier run',
    sentence: /namespace \S+ is being terminated$/,
  },
  {
    // pkg/registry/core/service/storage
    reason: 'the cluster has one family of Service addresses',
    sentence: /not configured (?:for dual-stack services|on this cluster)$/,
  },
]

/** Why the server alone refuses; undefined when the object itself, or the engine, is the cause. */
export function clusterState(server: Answer, engine: Answer): string | undefined {
  if (server.verdict !== 'rejected' || engine.verdict !== 'accepted' || server.says.length === 0)
    return undefined
  return states.find(({ sentence }) => server.says.every((said) => sentence.test(said)))?.reason
}
