/** Everything that is measured of policies, by its first word. */
import { differential } from './differential.ts'
import { kaptest } from './kaptest.ts'
import { speed } from './speed.ts'

const parts: Readonly<Record<string, (rest: readonly string[]) => Promise<void> | void>> = {
  kaptest,
  server: differential,
  speed,
}

export async function policies([part = '', ...rest]: readonly string[]): Promise<void> {
  const run = Object.hasOwn(parts, part) ? parts[part] : undefined
  if (run === undefined) {
    console.error(`usage: npm run bench -- policies ${Object.keys(parts).join(' | ')} …`)
    process.exitCode = 2
  } else await run(rest)
}
