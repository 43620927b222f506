/** One command for every table: `npm run bench -- chain | download | faults DIR | repositories DIR… | validate DIR…`. */
import { chain } from './chain.ts'
import { download } from './download.ts'
import { faults } from './faults.ts'
import { repositories } from './repositories.ts'
import { validateSpeed } from './validate.ts'

const [table, ...rest] = process.argv.slice(2)
switch (table) {
  case 'chain':
    await chain()
    break
  case 'download':
    await download()
    break
  case 'faults':
    await faults(rest)
    break
  case 'repositories':
    await repositories(rest)
    break
  case 'validate':
    await validateSpeed(rest)
    break
  default:
    console.error('usage: npm run bench -- chain | download | faults DIR | repositories DIR… | validate DIR…')
    process.exitCode = 2
}
