/** One command for every table: `npm run bench -- admission … | chain | download | repositories DIR…`. */
import { admission } from './admission/admission.ts'
import { chain } from './chain.ts'
import { download } from './download.ts'
import { repositories } from './repositories.ts'

const [table, ...rest] = process.argv.slice(2)
switch (table) {
  case 'admission':
    await admission(rest)
    break
  case 'chain':
    await chain()
    break
  case 'download':
    await download()
    break
  case 'repositories':
    await repositories(rest)
    break
  default:
    console.error('usage: npm run bench -- admission … | chain | download | repositories DIR…')
    process.exitCode = 2
}
