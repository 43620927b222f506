import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const script = `
  const { temporaryDirectory } = await import(${JSON.stringify(
    new URL('../../src/source/temporary-directory.ts', import.meta.url).href,
  )})
  console.log(await temporaryDirectory())
  setInterval(() => {}, 1000)`

const tsx = fileURLToPath(import.meta.resolve('tsx'))

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  'a folder is gone after %s, which still ends us',
  async (signal) => {
    const child = spawn(process.execPath, ['--import', tsx, '--input-type=module', '-e', script])
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const directory = line.toString().trim()
    expect(existsSync(directory)).toBe(true)

    child.kill(signal)
    const [, endedBy] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
    expect(endedBy).toBe(signal)
    expect(existsSync(directory)).toBe(false)
  },
)
