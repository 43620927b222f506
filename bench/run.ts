/** One command for every table; `tables` lists them. */
import { admission } from './admission/admission.ts'
import { chain } from './chain.ts'
import { customResources } from './custom-resources/custom-resources.ts'
import { download } from './download.ts'
import { engineSpeed } from './engine.ts'
import { faults } from './faults.ts'
import { fidelity } from './fidelity/fidelity.ts'
import { policies } from './policies/policies.ts'
import { kubectlValidate } from './kubectl-validate.ts'
import { kyverno } from './kyverno/kyverno.ts'
import { rego } from './rego/rego.ts'
import { repositories } from './repositories.ts'
import { scale } from './scale.ts'
import { validateSpeed } from './validate.ts'

const tables: Readonly<Record<string, { run: (rest: string[]) => Promise<void>; takes: string }>> = {
  admission: { run: admission, takes: '…' },
  chain: { run: chain, takes: '' },
  'custom-resources': { run: customResources, takes: 'GITDIR…' },
  download: { run: download, takes: '' },
  engine: { run: engineSpeed, takes: '' },
  faults: { run: faults, takes: 'DIR' },
  fidelity: { run: fidelity, takes: '…' },
  policies: { run: policies, takes: '…' },
  'kubectl-validate': { run: kubectlValidate, takes: 'TESTCASES' },
  kyverno: { run: kyverno, takes: 'DIR… [--third]' },
  rego: { run: rego, takes: '…' },
  repositories: { run: repositories, takes: 'DIR…' },
  scale: { run: scale, takes: '…' },
  validate: { run: validateSpeed, takes: 'DIR…' },
}

const [name = '', ...rest] = process.argv.slice(2)
const table = Object.hasOwn(tables, name) ? tables[name] : undefined
if (table === undefined) {
  const usage = Object.entries(tables).map(([table, { takes }]) => `${table} ${takes}`.trim())
  console.error(`usage: npm run bench -- ${usage.join(' | ')}`)
  process.exitCode = 2
} else await table.run(rest)
