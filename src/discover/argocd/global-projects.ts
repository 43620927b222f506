import type { Json, JsonObject } from '../../model/json.ts'
import type { Tree } from '../../model/tree.ts'
import { field, listAt, objectAt, objectsAt, textAt, textMapAt } from '../fields.ts'
import type { FoundObject } from '../found.ts'
import type { Repository } from '../repository.ts'
import type { Surroundings } from '../surroundings.ts'
import { readYamlTexts } from '../yaml-text.ts'
import { matchesSelector, selectorProblem } from './selector.ts'

/** Lists of a project to which those of its global projects are appended (util/argo mergeVirtualProject). */
const inherited = [
  'sourceRepos',
  'destinations',
  'destinationServiceAccounts',
  'clusterResourceWhitelist',
  'clusterResourceBlacklist',
  'namespaceResourceWhitelist',
  'namespaceResourceBlacklist',
]

/**
 * What a project says together with the global projects whose labels it matches: `globalProjects` of the ConfigMap
 * argocd-cm (util/argo GetAppVirtualProject), where the repository holds it. Settings that are not here grant and forbid
 * nothing. Undefined when it inherits from a project that is not here: what that one grants is not known.
 */
export async function withGlobalProjects(
  project: FoundObject,
  namespace: string,
  repository: Pick<Repository, 'engines' | 'globalProjects'> & { readonly tree: Tree },
  surroundings: Surroundings,
): Promise<JsonObject | undefined> {
  let spec = objectAt(project.object, 'spec') ?? {}
  if (!repository.globalProjects) return spec
  const settings = await surroundings.find('ConfigMap', namespace, 'argocd-cm')
  const text = textAt(settings?.object, 'data', 'globalProjects') ?? ''
  if (text === '') return spec
  const labels = textMapAt(project.object, 'metadata', 'labels')
  for (const entry of await entriesOf(text, repository)) {
    const name = textAt(entry, 'projectName') ?? ''
    if (name === textAt(project.object, 'metadata', 'name')) continue
    const selector = objectAt(entry, 'labelSelector')
    // Argo CD goes no further than a selector that it cannot read.
    if (selectorProblem(selector, 'labels') !== undefined) break
    if (!matchesSelector(selector, labels)) continue
    const global = await surroundings.find('AppProject', namespace, name)
    if (global === undefined) return undefined
    spec = merged(spec, objectAt(global.object, 'spec') ?? {})
  }
  return spec
}

function merged(spec: JsonObject, global: JsonObject): JsonObject {
  const lists = inherited.flatMap((key): [string, Json][] => {
    const more = listAt(global, key)
    // Nothing appended to no list is no list, which for kinds of namespaced objects permits all.
    return more.length === 0 && field(spec, key) === undefined ? [] : [[key, [...listAt(spec, key), ...more]]]
  })
  return { ...spec, ...Object.fromEntries(lists) }
}

/** The entries of the setting; Argo CD goes on without any when it cannot read them. */
async function entriesOf(
  text: string,
  { tree, engines }: Pick<Repository, 'engines'> & { readonly tree: Tree },
): Promise<readonly JsonObject[]> {
  // The reader wants a map.
  const [parsed] = await readYamlTexts([`entries:\n ${text.replaceAll('\n', '\n ')}\n`], tree, engines)
  return parsed === undefined || 'error' in parsed ? [] : objectsAt(parsed.value, 'entries')
}
