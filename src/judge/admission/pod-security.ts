import type { PodSecurityRequest } from '../../engine/api.ts'
import type { AdmissionSession } from '../../engine/engines.ts'
import type { Configuration } from '../../model/configuration.ts'
import { isJsonObject, type JsonObject } from '../../model/json.ts'
import type { NotChecked } from '../../model/outcome.ts'
import type { Found } from '../judgement.ts'
import { engineFailure } from '../not-checked.ts'
import { withParts } from '../policy/part.ts'
import { podSecurityPage } from '../policy/pod-security.ts'
import { at, textAt } from '../field-steps.ts'
import type { ChangeWrite } from '../writes.ts'
import { holdsPods } from './pod-kinds.ts'

/**
 * What the Pod Security Standards say: the levels that the namespace's labels ask for, else those of the configuration.
 * The API server enforces on pods only; a controller whose pods would be refused never runs one, so it is required all
 * the same. Standards of policy sets are policies: judge/policy/pod-security.ts.
 *
 * @param namespaces those that the session knows
 */
export async function podSecurity(
  session: AdmissionSession,
  writes: readonly ChangeWrite[],
  configuration: Pick<Configuration, 'podSecurity'>,
  namespaces: readonly JsonObject[] = [],
): Promise<{ readonly found: readonly Found[]; readonly notChecked: readonly NotChecked[] }> {
  // Most repositories ask for no level at all, and the engine would take every object apart to say nothing.
  const asking = new Set(namespaces.filter(asksForLevels).map((one) => textAt(one, 'metadata', 'name')))
  const levelsFor = ({ write, object }: ChangeWrite): boolean =>
    configuration.podSecurity !== null ||
    asking.has(textAt(object.object, 'metadata', 'namespace') || write.namespace)
  const asked = writes.filter(
    (one) => one.write.operation !== 'DELETE' && holdsPods(one.object.identity) && levelsFor(one),
  )
  if (asked.length === 0) return { found: [], notChecked: [] }
  const answer = await session.podSecurity(
    asked.map(({ write }) => write),
    defaultsOf(configuration),
  )
  if (!answer.ok) return { found: [], notChecked: [engineFailure(answer.error, asked, 'pod security')] }
  // A namespace that enforces a level also warns and audits at it: the strictest mode says it all.
  const said = new Set<string>()
  const byMode = answer.result.violations.toSorted((a, b) => modes.indexOf(a.mode) - modes.indexOf(b.mode))
  const found = byMode.flatMap(({ write, mode, level, version, checks: all }) => {
    const judged = asked[write]
    if (judged === undefined) return []
    const checks = all.filter(({ id }) => !said.has(`${write} ${id}`))
    for (const { id } of checks) said.add(`${write} ${id}`)
    const { change, object } = judged
    return checks.map(({ id, reason, detail }) =>
      withParts({
        object,
        finding: {
          source: 'policy',
          rule: `pod-security/${id}`,
          level: mode === 'enforce' ? 'required' : 'advisory',
          severity: level === 'baseline' ? 'high' : 'medium',
          object: change.identity,
          target: change.target,
          path: '',
          element: `${mode} ${level}`,
          validation: id,
          message: `${reason}${detail === '' ? '' : ` (${detail})`}: the namespace ${verbs[mode]} the Pod Security Standard ${level} (${version})`,
          docs: podSecurityPage,
        },
      }),
    )
  })
  return { found, notChecked: [] }
}

/** pod-security-admission/api: labels below `pod-security.kubernetes.io/`. */
function asksForLevels(namespace: JsonObject): boolean {
  const labels = at(namespace, 'metadata', 'labels')
  return (
    isJsonObject(labels) &&
    Object.keys(labels).some((label) => label.startsWith('pod-security.kubernetes.io/'))
  )
}

const modes = ['enforce', 'warn', 'audit'] as const
const verbs = { enforce: 'enforces', warn: 'warns by', audit: 'audits by' } as const

function defaultsOf({
  podSecurity: configured,
}: Pick<Configuration, 'podSecurity'>): PodSecurityRequest['defaults'] {
  if (configured === null) return undefined
  return {
    ...(configured.enforce === null ? {} : { enforce: configured.enforce }),
    ...(configured.warn === null ? {} : { warn: configured.warn }),
    version: configured.version,
  }
}
