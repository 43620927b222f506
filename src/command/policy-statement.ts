import { stat } from 'node:fs/promises'
import { resolve, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { contentHash } from '../judge/policy/content-hash.ts'
import { readPolicySet, setFile } from '../judge/policy/set.ts'
import { signedStatement } from '../judge/policy/signature.ts'
import { directoryTree } from '../source/directory-tree.ts'
import { CommandError } from './errors.ts'
import { exitStatus } from './exit-status.ts'
import type { Ports } from './ports.ts'

/** `preadmit policy statement DIR`: the text that a signature of the set is over. Answers the exit status. */
export async function policyStatementCommand(directory: string, ports: Ports): Promise<number> {
  const place = resolve(ports.directory, directory)
  if ((await stat(place).catch(() => undefined))?.isDirectory() !== true)
    throw new CommandError('bad-input', `${JSON.stringify(directory)} is no directory`)
  const tree = await directoryTree(pathToFileURL(`${place}${sep}`), directory)
  const set = await readPolicySet(tree, setFile)
  if ('problems' in set) {
    const lines = set.problems.map(({ file, line, message }) => `${file}:${line}: ${message}`)
    throw new CommandError('bad-set', lines.join('\n'))
  }
  ports.output.write(signedStatement({ ...set, content: await contentHash(tree, '') }))
  return exitStatus.pass
}
