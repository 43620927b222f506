/**
 * `required` of the specification is what the Go types say, not what the server refuses: its JSON decoder takes an
 * absent field for the zero value, and validation decides. Two corrections keep absent fields that the server accepts
 * from being reported.
 */
import type { ConvertedSchema } from './convert.ts'

/**
 * Zero values that validation of Kubernetes 1.37 accepts although the newest specification still says required.
 * Source: k8s.io/kubernetes v1.37.2, pkg/apis/{core,storage}/validation, apiextensions-apiserver validation.
 */
const acceptedZeroValues: Readonly<Record<string, readonly string[]>> = {
  // The loop over no items finds nothing wrong.
  'io.k8s.api.core.v1.LimitRangeSpec': ['limits'],
  // Only names of headers and sysctls are validated.
  'io.k8s.api.core.v1.HTTPHeader': ['value'],
  'io.k8s.api.core.v1.Sysctl': ['value'],
  // Logical unit 0 is a unit; sleeping no seconds is allowed since 1.34 and never worth a refusal here.
  'io.k8s.api.core.v1.ISCSIVolumeSource': ['lun'],
  'io.k8s.api.core.v1.ISCSIPersistentVolumeSource': ['lun'],
  'io.k8s.api.core.v1.SleepAction': ['seconds'],
  // Every field of a CSI driver has a default; a node may have no driver.
  'io.k8s.api.storage.v1.CSIDriver': ['spec'],
  'io.k8s.api.storage.v1.CSINode': ['spec'],
  'io.k8s.api.storage.v1.CSINodeSpec': ['drivers'],
  // False is a value: a version that is neither served nor stored.
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionVersion': [
    'served',
    'storage',
  ],
}

/**
 * Drops from `required` what a newer minor of the same component no longer requires (StatefulSet's serviceName,
 * NetworkPolicy's podSelector, PriorityClass's value: the server always took their absence and later specifications
 * say so), and {@link acceptedZeroValues}.
 * @param minors definitions of all documents of each minor, oldest minor first; changed in place.
 */
export function relaxRequired(minors: readonly (readonly Map<string, ConvertedSchema>[])[]): void {
  const newest = new Map<string, ReadonlySet<string>>()
  for (const documents of minors)
    for (const definitions of documents)
      for (const [name, schema] of definitions) newest.set(name, new Set(schema.required))

  for (const definitions of minors.flat()) {
    for (const [name, schema] of definitions) {
      if (schema.required === undefined) continue
      const accepted = acceptedZeroValues[name] ?? []
      const required = schema.required.filter(
        (field) => newest.get(name)?.has(field) && !accepted.includes(field),
      )
      if (required.length === 0) delete schema.required
      else schema.required = required
    }
  }
}
