/** One command for every table: `npm run bench -- chain | download | fidelity … | repositories DIR…`. */
import { chain } from './chain.ts'
import { download } from './download.ts'
import { fidelity } from './fidelity/fidelity.ts'
import { repositories } from './repositories.ts'

const [table, ...rest] = process.argv.slice(2)
switch (table) {
  case 'chain':
    await chain()
    break
  case 'download':
    await download()
    break
  case 'fidelity':
    await fidelity(rest)
    break
  case 'repositories':
    await repositories(rest)
    break
  default:
    console.error('usage: npm run bench -- chain | download | fidelity … | repositories DIR…')
    process.exitCode = 2
}
