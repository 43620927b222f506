/** A tree of a few texts for warm-up requests and test cases. */
import { createView, emptyShipment, type Shipment, type View } from '../../src/engine/view.ts'

/** `files`: path → content. Nothing else is there. */
export function viewOf(files: Readonly<Record<string, string | Uint8Array>>): View {
  return createView(shipmentOf(files), (path) => ({ kind: 'missing', path }))
}

function shipmentOf(files: Readonly<Record<string, string | Uint8Array>>): Shipment {
  const paths = Object.keys(files).sort(byBytes)
  const contents = paths.map((path) => Buffer.from(files[path] ?? ''))
  const block = new SharedArrayBuffer(contents.reduce((sum, content) => sum + content.length, 0))
  const spans: number[] = []
  let offset = 0
  for (const content of contents) {
    new Uint8Array(block).set(content, offset)
    spans.push(0, offset, content.length)
    offset += content.length
  }
  return {
    ...emptyShipment,
    blocks: [block],
    files: paths,
    spans: Int32Array.from(spans),
    directories: directoriesOf(paths),
  }
}

function directoriesOf(paths: readonly string[]): [string, string[]][] {
  const names = new Map<string, Set<string>>([['', new Set()]])
  for (const path of paths) {
    const parts = path.split('/')
    parts.forEach((name, depth) => {
      const directory = parts.slice(0, depth).join('/')
      const entries = names.get(directory) ?? new Set()
      names.set(directory, entries.add(name))
    })
  }
  return [...names].map(([directory, entries]) => [directory, [...entries].sort(byBytes)])
}

function byBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right))
}
