import { CommandError } from './errors.ts'
import type { Ports } from './ports.ts'

/** The text of a file that an option names. */
export async function readNamedFile(
  option: string,
  file: string,
  ports: Pick<Ports, 'readFile'>,
): Promise<string> {
  try {
    return await ports.readFile(file)
  } catch (error) {
    const reason = reasons[(error as NodeJS.ErrnoException).code ?? '']
    if (reason === undefined) throw error
    throw new CommandError('no-file', `${option} ${file} ${reason}`)
  }
}

/** What the system says of a path, with the next step. */
const reasons: Readonly<Partial<Record<string, string>>> = {
  ENOENT: 'does not exist: name a file, from the directory in which the command runs',
  ENOTDIR: 'does not exist: name a file, from the directory in which the command runs',
  EISDIR: 'is a directory: name a file',
  EACCES: 'cannot be read: it is not yours to read',
}
