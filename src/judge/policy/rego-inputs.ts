import type { Json, JsonObject } from '../../model/json.ts'
import type { RenderedObject } from '../../model/object.ts'
import type { Rendering } from '../../model/rendering.ts'
import { sideOf } from './side.ts'
import type { ChangeWrite } from '../writes.ts'
import type { EvaluatorContext } from './evaluator.ts'

/** One input of conftest and what it stands for. */
export interface JudgedInput {
  readonly input: Json
  /** The file that conftest would have read. */
  readonly file: string
  /** The object that it is; absent when it is all objects of a target. */
  readonly object?: RenderedObject
  readonly writes: readonly ChangeWrite[]
}

/** Every object by itself, as conftest takes the documents of a file. */
export function singleInputs(writes: readonly ChangeWrite[]): readonly JudgedInput[] {
  return writes.flatMap((one): JudgedInput[] => {
    const { object, write } = one
    if (write.object === undefined) return []
    return [{ input: write.object, file: object.origin.file ?? '', object, writes: [one] }]
  })
}

/**
 * All objects of a target as one list of `path` and `contents`, changed or not: what `conftest --combine` makes of a
 * rendered target.
 */
export function combinedInputs(
  writes: readonly ChangeWrite[],
  { pairs }: Pick<EvaluatorContext, 'pairs'>,
): readonly JudgedInput[] {
  const byTarget = new Map<string, ChangeWrite[]>()
  for (const write of writes)
    byTarget.set(write.change.target, [...(byTarget.get(write.change.target) ?? []), write])
  return [...byTarget].flatMap(([target, own]): JudgedInput[] => {
    const [first] = own
    const pair = pairs.find(({ id }) => id === target)
    const rendering = first === undefined ? undefined : pair?.[sideOf(first)]
    // A case of a test suite has no target: it is the objects that it names.
    const objects =
      pair === undefined
        ? [...pairs.flatMap(({ head }) => objectsOf(head)), ...own.flatMap(writtenObject)]
        : objectsOf(rendering)
    if (objects.length === 0) return []
    const contents = objects.map(({ object, origin }): JsonObject => ({
      path: origin.file ?? '',
      contents: object,
    }))
    return [{ input: contents, file: 'Combined', writes: own }]
  })
}

function objectsOf(rendering: Rendering | undefined): readonly RenderedObject[] {
  return rendering?.state === 'rendered' ? rendering.objects : []
}

function writtenObject({ object, write }: ChangeWrite): readonly RenderedObject[] {
  return write.operation === 'DELETE' ? [] : [object]
}
