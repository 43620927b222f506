import { structuredPatch } from 'diff'
import type { Change } from '../model/change.ts'
import type { JsonObject } from '../model/json.ts'
import { applyDifferences } from './apply.ts'
import { pathOfLine } from './line-paths.ts'
import { changedMark, type SecretVault } from './secrets.ts'
import { yamlText } from './yaml-text.ts'

/** Lines of context around a change, as diff -u and git show them. */
const context = 3

/**
 * Edits that a line difference looks for before both texts are shown as a whole: Myers' algorithm takes time in the
 * square of their number (10,000 measured at well under a second for short lines).
 */
const largestEdit = 10_000

/**
 * The unified difference of the YAML of both sides, masked, without file headers; each hunk's header names the field
 * it stands in: `@@ -14,7 +14,7 @@ spec.template.spec.containers[api]`. Keys stand in one order on both sides, so that
 * only real changes show. A created or deleted object is one hunk. Empty for Secrets (their keys say what changed) and
 * for objects without differences.
 */
export function unifiedHunks(change: Change, vault: SecretVault): string {
  const { old, new: next } = change
  if ([old, next].some((side) => side !== undefined && vault.isSecret(side.object))) return ''
  if (change.operation === 'NONE') return ''
  return patch(
    textOf(old === undefined ? undefined : vault.maskObject(old.object)),
    textOf(next === undefined ? undefined : maskedNew(change, next.object, vault)),
  )
}

/** The new object, masked, with a mark wherever masking would hide that something changed. */
function maskedNew(change: Change, object: JsonObject, vault: SecretVault): JsonObject {
  const masked = vault.maskObject(object)
  const hidden = change.differences.flatMap((difference) => {
    if (difference.old === undefined || difference.new === undefined) return []
    const { path, old, new: shown } = vault.maskDifferences({ ...change, differences: [difference] })[0] ?? {}
    const marked = typeof shown === 'string' && shown.endsWith(changedMark) && shown !== difference.new
    return marked && path !== undefined && old !== undefined ? [{ path, old, new: shown }] : []
  })
  return hidden.length === 0 ? masked : (applyDifferences(masked, hidden) as JsonObject)
}

interface Side {
  readonly object: JsonObject
  readonly text: string
  readonly lines: readonly string[]
}

function textOf(object: JsonObject | undefined): Side {
  const text = object === undefined ? '' : yamlText(object)
  return { object: object ?? {}, text, lines: text.split('\n') }
}

function patch(before: Side, after: Side): string {
  const options = { context, maxEditLength: largestEdit }
  const result = structuredPatch('', '', before.text, after.text, '', '', options)
  const hunks = result?.hunks ?? [wholeTexts(before.text, after.text)]
  return hunks
    .map(({ oldStart, oldLines, newStart, newLines, lines }) => {
      const first = Math.max(
        lines.findIndex((line) => !line.startsWith(' ')),
        0,
      )
      const [side, start] = lines[first]?.startsWith('-') ? [before, oldStart] : [after, newStart]
      const path = pathOfLine(side.lines, start - 1 + first, side.object)
      // An empty side starts at the line before it, as diff -u writes it.
      const old = `${oldLines === 0 ? oldStart - 1 : oldStart},${oldLines}`
      const next = `${newLines === 0 ? newStart - 1 : newStart},${newLines}`
      const header = `@@ -${old} +${next} @@${path === '' ? '' : ` ${path}`}`
      // `structuredPatch` says so when a text has no final newline; both of ours have one.
      return [header, ...lines.filter((line) => !line.startsWith('\\'))].join('\n')
    })
    .join('\n')
}

/** Both texts as one hunk: nothing is lost when they differ too much to be aligned. */
function wholeTexts(before: string, after: string): ReturnType<typeof structuredPatch>['hunks'][number] {
  const lines = (text: string): string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'))
  const old = lines(before)
  const next = lines(after)
  return {
    oldStart: 1,
    oldLines: old.length,
    newStart: 1,
    newLines: next.length,
    lines: [...old.map((line) => `-${line}`), ...next.map((line) => `+${line}`)],
  }
}
