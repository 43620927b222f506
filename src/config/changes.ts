import type { Configuration } from '../model/configuration.ts'
import type { Tree, TreeEntry } from '../model/tree.ts'
import type { ReportPreview } from '../model/report.ts'
import { configurationPath } from './load.ts'
import { policyLockPath } from './policy-lock.ts'

/**
 * Sentences for a change that edits what judges it: the configuration, policies and schemas come from the base, so the
 * edit takes effect after the merge only. They name paths of the base configuration and numbers, nothing of the head.
 */
export function configurationNotices(
  base: Tree,
  head: Tree,
  configuration: Configuration,
): readonly string[] {
  const notices: string[] = []
  const edit = editOf(base, head, configurationPath)
  if (edit !== undefined)
    notices.push(
      `This change ${edit} \`${configurationPath}\`: that takes effect after the merge; ${judgedBy(configuration, edit)}.`,
    )
  for (const { path, source, set } of configuration.policies) {
    if (source !== undefined || set !== undefined) continue
    const changed = changedFiles(base, head, path)
    if (changed > 0)
      notices.push(
        `This change edits ${files(changed)} of the policies in \`${path === '' ? '.' : path}\`: that takes effect after the merge; the policies of the base judged it.`,
      )
  }
  if (editOf(base, head, policyLockPath) !== undefined)
    notices.push(
      `This change edits \`${policyLockPath}\`: that takes effect after the merge; the versions of the base judged it.`,
    )
  for (const path of configuration.exemptions.files) {
    const changed = changedFiles(base, head, path)
    if (changed > 0)
      notices.push(
        `This change edits ${files(changed)} of the exemptions in \`${path === '' ? '.' : path}\`: that takes effect after the merge; the exemptions of the base judged it.`,
      )
  }
  for (const path of configuration.schemas.crds) {
    const changed = changedFiles(base, head, path)
    if (changed > 0)
      notices.push(
        `This change edits ${files(changed)} of the definitions in \`${path === '' ? '.' : path}\`: that takes effect after the merge; the definitions of the base judged it.`,
      )
  }
  for (const location of configuration.schemas.locations) {
    const directory = staticPart(location)
    const changed = changedFiles(base, head, directory)
    if (changed > 0)
      notices.push(
        `This change edits ${files(changed)} of the schemas in \`${directory === '' ? '.' : directory}\`: that takes effect after the merge; the schemas of the base judged it.`,
      )
  }
  return [...new Set(notices)]
}

/** The same for directories of the repository that whoever runs the check gives as policy sets. */
export function givenSetNotices(base: Tree, head: Tree, paths: readonly string[]): readonly string[] {
  return paths.flatMap((path) => {
    const changed = changedFiles(base, head, path)
    return changed === 0
      ? []
      : [
          `This change edits ${files(changed)} of the policy set in \`${path === '' ? '.' : path}\`, which this run was given: that takes effect after the merge; the set of the base judged it.`,
        ]
  })
}

/**
 * What a change edits of everything that judges policies; empty when a preview would show nothing.
 * @param given directories of the repository that whoever runs the check gives as policy sets
 */
export function policyEdits(
  base: Tree,
  head: Tree,
  configuration: Configuration,
  given: readonly string[],
): ReportPreview['edits'] {
  const own = configuration.file === null || configuration.file === configurationPath
  const paths = configuration.policies.flatMap(({ path, source, set }) =>
    source === undefined && set === undefined ? [path] : [],
  )
  const edited = (path: string): boolean => changedFiles(base, head, path) > 0
  const signers = configuration.trust.map(({ allowedSigners }) => allowedSigners)
  return [
    ...(own && editOf(base, head, configurationPath) !== undefined ? (['configuration'] as const) : []),
    ...([...paths, ...given, ...signers].some(edited) ? (['policies'] as const) : []),
    ...(editOf(base, head, policyLockPath) === undefined ? [] : (['lock'] as const)),
    ...(configuration.exemptions.files.some(edited) ? (['exemptions'] as const) : []),
  ]
}

function judgedBy(configuration: Configuration, edit: 'adds' | 'edits' | 'removes'): string {
  if (configuration.file !== null && configuration.file !== configurationPath)
    return 'the configuration that was named for this run judged it'
  return edit === 'adds' ? 'the defaults judged it' : 'the configuration of the base judged it'
}

function editOf(base: Tree, head: Tree, path: string): 'adds' | 'edits' | 'removes' | undefined {
  const before = contentAt(base, path)
  const after = contentAt(head, path)
  if (before === after) return undefined
  if (before === undefined) return 'adds'
  return after === undefined ? 'removes' : 'edits'
}

/** What stands at the end of the path, links followed; undefined when there is nothing. */
function contentAt(tree: Tree, path: string): string | undefined {
  const end = tree.resolve(path)
  switch (end.kind) {
    case 'missing':
      return undefined
    case 'file':
      return end.id
    case 'directory':
      return 'directory'
    case 'refused':
      return end.reason
  }
}

/** Files that differ at or below a path, seen from both sides: a link may lead elsewhere on each. */
function changedFiles(base: Tree, head: Tree, path: string): number {
  const before = below(base, path)
  const after = below(head, path)
  let changed = 0
  for (const [name, id] of after) if (before.get(name) !== id) changed += 1
  for (const name of before.keys()) if (!after.has(name)) changed += 1
  return changed
}

function below(tree: Tree, path: string): ReadonlyMap<string, string> {
  const end = tree.resolve(path)
  if (end.kind === 'file') return new Map([['', end.id]])
  if (end.kind !== 'directory') return new Map()
  const prefix = end.path === '' ? '' : `${end.path}/`
  const found = new Map<string, string>()
  for (const entry of tree.entries()) {
    if (entry.path.startsWith(prefix)) found.set(entry.path.slice(prefix.length), identity(entry))
  }
  return found
}

function identity(entry: TreeEntry): string {
  return `${entry.kind} ${entry.kind === 'submodule' ? entry.commit : entry.id}`
}

/** The directory of a schema location before its first template. */
function staticPart(location: string): string {
  const template = location.indexOf('{{')
  if (template < 0) return location
  const slash = location.lastIndexOf('/', template)
  return slash < 0 ? '' : location.slice(0, slash)
}

function files(count: number): string {
  return count === 1 ? 'one file' : `${count} files`
}
