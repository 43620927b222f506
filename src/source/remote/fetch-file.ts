import { shownUrl } from './access.ts'
import { RemoteError } from './errors.ts'
import type { Fetching } from './fetching.ts'
import { parseUrl } from './http.ts'
import { emptyLock, type LockKey } from './lock.ts'
import type { FetchedFile, Remote } from './remote.ts'

/** Single files over HTTP. */
export function fileFetcher({ download, once }: Fetching, always: boolean): Remote['fetchFile'] {
  return ({ url: text }, { lock = emptyLock, refresh = always } = {}) => {
    const key: LockKey = { kind: 'file', url: text }
    const locked = refresh ? undefined : lock.find(key)
    return once(['file', key, locked, refresh], async (): Promise<FetchedFile> => {
      const url = parseUrl(text)
      if (url === undefined) throw new RemoteError('refused', shownUrl(text), `${shownUrl(text)} is no URL`)
      const { content, digest } = await download(url, locked?.digest, shownUrl(url))
      return {
        content,
        entry: { ...key, resolved: '', digest },
        pin: locked === undefined ? 'unrecorded' : 'locked',
      }
    })
  }
}
