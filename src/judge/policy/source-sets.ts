/** The policy sets of one source, and what speaks against using them: their own versions, signatures and dates. */
import satisfies from 'semver/functions/satisfies.js'
import type { Configuration } from '../../model/configuration.ts'
import { version as preadmitVersion } from '../../report/version.ts'
import { policyError, setProblem, type Collection } from './collection.ts'
import type { PolicyFiles } from './files.ts'
import type { OpenSource } from './open-source.ts'
import { inSet, readPolicySet, setFile, type PolicySet } from './set.ts'
import { signatureFile, signedStatement, verifySignature } from './signature.ts'

/** The sets of the source; `refused` when one of them must not be used at all. */
export async function readSets(
  source: OpenSource,
  { manifests }: PolicyFiles,
  { configuration, now }: { readonly configuration: Configuration; readonly now: number },
  collected: Collection,
): Promise<readonly PolicySet[] | 'refused'> {
  const sets: PolicySet[] = []
  for (const file of manifests.filter((path) => path === setFile || path.endsWith(`/${setFile}`))) {
    const set = await readPolicySet(source.tree, file)
    if ('problems' in set) {
      for (const { line, message, nearest } of set.problems)
        collected.problems.push(
          setProblem(
            `${file} ${message}`,
            `${message}${nearest === undefined ? '' : `; did you mean ${nearest}?`}`,
            { file, line },
          ),
        )
      collected.unreadableSets.push(file)
      collected.failed.push(
        policyError(source.label, `${file} cannot be used: its policies count as their own files say`, {
          file,
        }),
      )
      continue
    }
    if (!supports(set, configuration, collected)) return 'refused'
    if (source.tag !== undefined && set.root === source.path && source.tag !== set.version) {
      collected.refused.push(
        setProblem(
          `${source.label} version`,
          `${source.label} is locked as ${source.tag}, and its ${setFile} says ${set.version}: these are not the bytes of that version`,
          { file },
          'config/policy-rollback',
        ),
      )
      return 'refused'
    }
    if (set.notAfter !== undefined && Date.parse(set.notAfter) / 1000 <= now) {
      collected.refused.push(
        setProblem(
          `${source.label} notAfter`,
          `version ${set.version} of ${set.name} is refused from ${set.notAfter} on: lock a newer one`,
          { file },
          'config/policy-rollback',
        ),
      )
      return 'refused'
    }
    sets.push(set)
  }
  return sets
}

/** False when the set says that this preadmit cannot evaluate it. Another Kubernetes is only told. */
function supports(set: PolicySet, configuration: Configuration, collected: Collection): boolean {
  const { preadmit, kubernetes } = set.compat ?? {}
  const location = { file: set.file }
  if (preadmit !== undefined && !satisfies(preadmitVersion, preadmit, { includePrerelease: true })) {
    const reason = `needs preadmit ${preadmit}, this is ${preadmitVersion}: nothing of it is evaluated`
    collected.failed.push(policyError(set.name, reason, location))
    return false
  }
  if (kubernetes !== undefined) {
    const minors = [
      configuration.kubernetes,
      ...configuration.clusters.flatMap((one) => one.kubernetes ?? []),
    ]
    const outside = [...new Set(minors)].filter((minor) => !satisfies(`${minor}.0`, kubernetes))
    if (outside.length > 0) {
      const reason = `was tested with Kubernetes ${kubernetes}, not with ${outside.sort().join(', ')}: it is evaluated all the same`
      collected.notChecked.push({ ...policyError(set.name, reason, location), code: 'unknown-version' })
    }
  }
  return true
}

/** False, and refused, when somebody has to sign and no valid signature of theirs is there (threats.md, T78, T79). */
export async function isSigned(
  { label, tree, trust }: OpenSource,
  { root }: PolicyFiles,
  sets: readonly PolicySet[] | 'refused',
  content: string,
  into: Collection,
): Promise<boolean> {
  if (trust === undefined || sets === 'refused') return true
  try {
    const set = sets.find((one) => one.root === root)
    if (set === undefined) throw new Error(`it has no ${setFile} that can be used, which a signature is for`)
    const file = inSet(set, signatureFile)
    const bytes = (await tree.read([file])).get(file)
    const armored = bytes instanceof Uint8Array ? new TextDecoder().decode(bytes) : undefined
    verifySignature(signedStatement({ name: set.name, version: set.version, content }), armored, trust)
    return true
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error)
    const message = `${label} must be signed and is not used: ${cause}`
    into.refused.push(setProblem(`${label} signature`, message, undefined, 'config/policy-signature'))
    return false
  }
}

/** A given set with what the configuration says about a set of its name. */
export function tightenedBy(source: OpenSource, sets: readonly PolicySet[]): OpenSource {
  const names = sets.map(({ name }) => name)
  const entry = Object.entries(source.bySet ?? {}).find(([name]) => names.includes(name))?.[1]
  if (entry === undefined) return source
  const { level, levels, parameters } = entry
  return {
    ...source,
    levels: levels ?? {},
    parameters: parameters ?? {},
    ...(level === undefined ? {} : { level }),
  }
}
