/** Tables of the rego engine: suites of gator, examples of conftest, speed against conftest. */
import { createEngines } from '../../src/engine/pool.ts'
import { examples } from './examples.ts'
import { speed } from './speed.ts'
import { suites } from './suites.ts'

export async function rego([table = '', folder = '', program]: string[]): Promise<void> {
  const engines = createEngines({ directory: new URL('../../dist/engines/', import.meta.url) })
  try {
    if (table === 'suites' && folder !== '') await suites(folder, engines, program)
    else if (table === 'examples' && folder !== '' && program !== undefined)
      await examples(folder, engines, program)
    else if (table === 'speed' && folder !== '') await speed(folder)
    else {
      console.error('usage: rego suites DIR [GATOR] | examples DIR CONFTEST | speed CONFTEST')
      process.exitCode = 2
    }
  } finally {
    await engines.close()
  }
}
