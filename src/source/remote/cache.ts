import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Contents by digest. Nothing in it is trusted: what is read is hashed again (threats.md T73, F46, F47). */
export interface ContentCache {
  /** Undefined when it is not there, cannot be read, or is not what its name says. */
  get(digest: string): Promise<Uint8Array | undefined>
  /** Failing to write is no failure of the run. */
  put(digest: string, content: Uint8Array): Promise<void>
  /** Directory for git's own objects; undefined when nothing is kept between runs. */
  readonly directory: string | undefined
  /** Sentences for the report: corrupt entries, a cache that cannot be read or written. */
  notes(): readonly string[]
}

/** `sha256:…` of bytes. */
export function digestOf(content: Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`
}

const pattern = /^sha256:([0-9a-f]{64})$/

/** A directory that outlives the run. */
export function directoryCache(directory: string): ContentCache {
  const notes = new Set<string>()
  const fileOf = (digest: string): string | undefined => {
    const hex = pattern.exec(digest)?.[1]
    return hex === undefined ? undefined : join(directory, 'sha256', hex.slice(0, 2), hex)
  }
  return {
    directory,
    notes: () => [...notes].sort(),
    async get(digest) {
      const file = fileOf(digest)
      if (file === undefined) return undefined
      let content: Uint8Array
      try {
        content = await readFile(file)
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        if (code !== 'ENOENT' && code !== 'ENOTDIR')
          notes.add(
            `the cache of remote sources cannot be read (${code ?? 'unknown error'}): everything is fetched again`,
          )
        return undefined
      }
      if (digestOf(content) === digest) return content
      notes.add(`the cache entry ${digest} is corrupt: it was removed, and the source is fetched again`)
      await rm(file, { force: true }).catch(() => undefined)
      return undefined
    },
    async put(digest, content) {
      const file = fileOf(digest)
      if (file === undefined) return
      // Written beside its place and moved: another run sees the whole file or none.
      const draft = `${file}.${randomUUID()}`
      try {
        await mkdir(join(file, '..'), { recursive: true })
        await writeFile(draft, content, { mode: 0o600 })
        await rename(draft, file)
      } catch (error) {
        notes.add(
          `the cache of remote sources cannot be written (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`,
        )
        await rm(draft, { force: true }).catch(() => undefined)
      }
    },
  }
}

/** Contents of this run only. */
export function memoryCache(): ContentCache {
  const contents = new Map<string, Uint8Array>()
  return {
    directory: undefined,
    notes: () => [],
    get: (digest) => Promise.resolve(contents.get(digest)),
    put(digest, content) {
      contents.set(digest, content)
      return Promise.resolve()
    },
  }
}
