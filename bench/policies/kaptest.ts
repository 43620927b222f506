/**
 * kaptest suites in the shipped engine: `bench -- policies kaptest DIR` runs every suite below a checkout of pfnet/kaptest,
 * or any folder of that form, as `preadmit policy test` does. Nothing of them is committed here.
 */
import { createEngines } from '../../src/engine/pool.ts'
import { isJsonObject } from '../../src/model/json.ts'
import { parseDocuments } from '../../src/judge/policy/documents.ts'
import { isKaptestSuite, runKaptestSuite } from '../../src/judge/policy/suites/kaptest.ts'
import { openSuite } from '../../src/judge/policy/suites/suite-files.ts'
import { directoryTree } from '../../src/source/directory-tree.ts'

export async function kaptest([directory = '.']: readonly string[]): Promise<void> {
  const engines = createEngines({ directory: new URL('../../dist/engines/', import.meta.url) })
  const totals = { agree: 0, disagree: 0, 'shows neither': 0, 'cannot be read': 0 }
  try {
    const tree = await directoryTree(directory, directory)
    const files = tree
      .entries()
      .flatMap(({ kind, path }) => (kind === 'file' && /\.ya?ml$/.test(path) ? [path] : []))
    const { documents } = await parseDocuments(tree, files, engines)
    for (const { value, location } of documents) {
      if (!isJsonObject(value) || !isKaptestSuite(value)) continue
      const suite = await openSuite({ object: value, location }, tree, engines)
      const context = { engines, kubernetes: '1.37', policies: { policies: new Map() } }
      const { results, problems } = await runKaptestSuite(suite, context)
      for (const { policy, name, problem, messages, shows, location: at } of results) {
        totals[problem === undefined ? 'agree' : 'disagree'] += 1
        if (shows.length === 0) totals['shows neither'] += 1
        if (problem !== undefined)
          console.log(
            `disagree: ${at.file}:${at.line ?? 1} ${policy} ${name}: ${problem} ${messages.join('; ')}`,
          )
      }
      for (const { file, line, message } of problems) {
        totals['cannot be read'] += 1
        console.log(`cannot be read: ${file}:${line} ${message}`)
      }
    }
  } finally {
    await engines.close()
  }
  console.log(
    Object.entries(totals)
      .map(([verdict, count]) => `${verdict} ${count}`)
      .join(', '),
  )
}
