import { compareText } from '../discover/paths.ts'
import { defineTargets } from '../discover/definitions.ts'
import { writtenSurroundings } from '../discover/surroundings.ts'
import type { Rendering } from '../model/rendering.ts'
import type { Target } from '../model/target.ts'
import type { Side } from './side.ts'

/**
 * Targets of the other side that are missing here only because whatever makes them is broken here: a failing
 * ApplicationSet changes none of its Applications, and a parent that does not render deletes none of its children. They
 * stay in the cluster as they were (and so may those of a set with a generator that nobody here can ask any more), so the other side's definition is planned again with this side's files.
 */
export async function carryOver(
  from: Side,
  to: Side,
  render: (side: 'from' | 'to', target: Target) => Promise<Rendering>,
  /** Ids that were carried over already; new ones are added. */
  done: Set<string>,
): Promise<readonly Target[]> {
  const brokenSets = new Set(
    [...to.targets.values()].flatMap((target) =>
      target.manifest === undefined && target.applicationSet !== undefined ? [target.applicationSet] : [],
    ),
  )
  for (const [name, reasons] of to.partialSets)
    if (reasons.some((reason) => from.partialSets.get(name)?.includes(reason) !== true)) brokenSets.add(name)
  const carried: Target[] = []
  for (const target of [...from.targets.values()].sort((a, b) => compareText(a.id, b.id))) {
    const { id, manifest, applicationSet, definition } = target
    if (manifest === undefined || done.has(id)) continue
    const parent = target.parent === undefined ? undefined : to.targets.get(target.parent)
    const setBroken = applicationSet !== undefined && brokenSets.has(applicationSet)
    if (to.targets.has(id)) {
      // Of a parent that does not render, definitions were read as they are written: the other side's are the real ones.
      const former = target.parent === undefined ? undefined : from.targets.get(target.parent)
      if (former === undefined || parent === undefined || to.targets.get(id)?.parent !== parent.id) continue
      if ((await render('from', former)).state !== 'rendered') continue
      if ((await render('to', parent)).state === 'rendered') continue
    } else if (!setBroken && (parent === undefined || (await render('to', parent)).state === 'rendered'))
      continue
    done.add(id)
    const { targets } = await defineTargets(
      { object: manifest, ...(definition === undefined ? {} : { location: definition }) },
      to.repository,
      writtenSurroundings(to.repository, definition?.file ?? ''),
      parent,
    )
    const planned = targets.find((one) => one.kind === target.kind)
    if (planned === undefined) continue
    const kept = { ...planned, id, ...(applicationSet === undefined ? {} : { applicationSet }) }
    to.add(kept)
    carried.push(kept)
  }
  return carried
}
