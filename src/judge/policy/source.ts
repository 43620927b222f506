import { closest } from 'fastest-levenshtein'
import type { AdmissionLoadRequest } from '../../engine/api.ts'
import type { Engines } from '../../engine/engines.ts'
import type { Configuration } from '../../model/configuration.ts'
import type { RawFinding } from '../../model/finding.ts'
import type { NotChecked } from '../../model/outcome.ts'
import {
  policyKey,
  type Policy,
  type PolicyDocument,
  type PodSecurityPolicy,
  type RegoBundle,
} from '../../model/policy.ts'
import type { Tree } from '../../model/tree.ts'
import { at, textAt } from '../field-steps.ts'
import { emptyCollection, policyError, type Collection } from './collection.ts'
import { readSource } from './read-source.ts'
import { resolveSources, type PolicySetInputs } from './resolve.ts'

export interface PolicySource {
  /** By {@link policyKey}. */
  readonly policies: ReadonlyMap<string, Policy>
  /** What a session is opened with. */
  readonly load: Pick<AdmissionLoadRequest, 'policies' | 'bindings' | 'parameters'>
  /** The bindings of `load`, with their places. */
  readonly bindings: readonly PolicyDocument[]
  /** Kyverno's policies and exceptions. */
  readonly kyverno: readonly PolicyDocument[]
  /** Gatekeeper's templates and constraints. */
  readonly gatekeeper: readonly PolicyDocument[]
  /** Rego as conftest uses it, one bundle for each source that holds any. */
  readonly rego: readonly RegoBundle[]
  /** Pod Security Standards that sets ask for; several may apply to one object. */
  readonly podSecurity: readonly PodSecurityPolicy[]
  /** What is not evaluated and says so by itself: no binding, a kind that nothing evaluates. Decides nothing. */
  readonly notChecked: readonly NotChecked[]
  /** What should be evaluated and cannot be: a broken file, a set that is not there. Open for every change. */
  readonly failed: readonly NotChecked[]
  /** What is wrong with the sets themselves; it was there before. */
  readonly problems: readonly RawFinding[]
  /** Sets that were refused: no valid signature, other bytes than pinned. They fail the check. */
  readonly refused: readonly RawFinding[]
  /**
   * policyset.yaml files with a mistake: their policies count as their own files say, so what else is said of them to
   * their author follows from it.
   */
  readonly unreadableSets: readonly string[]
  /** The sets and directories that they came from. */
  readonly sources: readonly LoadedSource[]
}

/** What was really read of one source. */
export interface LoadedSource {
  readonly label: string
  /** Name and version of its set; absent for plain directories. */
  readonly set?: string
  readonly version?: string
  /** `sha256:…` over paths and contents: the same in a directory, in git and in a registry. */
  readonly content: string
  /** Commit or manifest digest that pins it; absent for directories of the repository. */
  readonly digest?: string
  readonly central: boolean
}

/**
 * Reads the policies that the configuration names, from the base tree only (threats.md, I1), and the sets that whoever
 * runs the check gives besides.
 */
export async function loadPolicies(
  tree: Tree,
  configuration: Configuration,
  engines: Engines,
  inputs: PolicySetInputs = {},
): Promise<PolicySource> {
  const collected = emptyCollection()
  const { sources, failed, refused, problems, notChecked } = await resolveSources(tree, configuration, inputs)
  collected.failed.push(...failed)
  collected.refused.push(...refused)
  collected.problems.push(...problems)
  collected.notChecked.push(...notChecked)
  const now = inputs.now ?? tree.time
  for (const source of sources) await readSource(source, { configuration, engines, now }, collected)
  return finish(collected)
}

/** The policy that a binding may have meant, as an end of a sentence. */
function nearestPolicy(name: string, { policies }: Collection): string {
  const names = [...policies.values()].flatMap((one) => (one.language === 'admission' ? [one.name] : []))
  return names.length === 0 ? '' : `; did you mean ${closest(name, names)}?`
}

/** A policy that no binding names is not enforced by an API server either; that is said, since it is rarely meant. */
function finish(collected: Collection): PolicySource {
  const bound = new Set(collected.bindings.map(({ object }) => textAt(object, 'spec', 'policyName')))
  for (const { id, language, name, location } of collected.policies.values()) {
    if (language === 'admission' && !bound.has(name))
      collected.notChecked.push(
        policyError(
          id,
          'has no binding and is not evaluated: the API server would not enforce it either',
          location,
        ),
      )
  }
  for (const { object, location } of collected.bindings) {
    const what = textAt(object, 'metadata', 'name') ?? location.file
    const policy = textAt(object, 'spec', 'policyName') ?? ''
    if (!collected.policies.has(policyKey({ language: 'admission', name: policy })))
      collected.notChecked.push(
        policyError(
          what,
          `binds the policy ${policy}, which is not among the policies${nearestPolicy(policy, collected)}`,
          location,
        ),
      )
    if (!Array.isArray(at(object, 'spec', 'validationActions')))
      collected.notChecked.push(
        policyError(what, 'has no validationActions: nothing follows from a violation', location),
      )
  }
  const { policyObjects, bindings, parameters, ...rest } = collected
  return {
    ...rest,
    bindings,
    load: { policies: policyObjects, bindings: bindings.map(({ object }) => object), parameters },
  }
}
