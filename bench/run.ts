/** One command for every table; `tables` lists them. */
import { admission } from './admission/admission.ts'
import { chain } from './chain.ts'
import { download } from './download.ts'
import { faults } from './faults.ts'
import { fidelity } from './fidelity/fidelity.ts'
import { rego } from './rego/rego.ts'
import { repositories } from './repositories.ts'
import { validateSpeed } from './validate.ts'

const tables: Readonly<Record<string, { run: (rest: string[]) => Promise<void>; takes: string }>> = {
  admission: { run: admission, takes: '…' },
  chain: { run: chain, takes: '' },
  download: { run: download, takes: '' },
  faults: { run: faults, takes: 'DIR' },
  fidelity: { run: fidelity, takes: '…' },
  rego: { run: rego, takes: '…' },
  repositories: { run: repositories, takes: 'DIR…' },
  validate: { run: validateSpeed, takes: 'DIR…' },
}

const [name = '', ...rest] = process.argv.slice(2)
const table = Object.hasOwn(tables, name) ? tables[name] : undefined
if (table === undefined) {
  const usage = Object.entries(tables).map(([table, { takes }]) => `${table} ${takes}`.trim())
  console.error(`usage: npm run bench -- ${usage.join(' | ')}`)
  process.exitCode = 2
} else await table.run(rest)
