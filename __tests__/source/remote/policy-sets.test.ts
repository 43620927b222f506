/** One policy set by a directory, by git and by OCI, from real servers: the same content, which signatures are about. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FetchedSet } from '../../../src/judge/policy/resolve.ts'
import { contentHash } from '../../../src/judge/policy/content-hash.ts'
import { memoryTree } from '../../../src/source/memory-tree.ts'
import { newestSet, policySetFetcher } from '../../../src/source/policy-set-fetcher.ts'
import { directoryCache } from '../../../src/source/remote/cache.ts'
import { createRemote } from '../../../src/source/remote/fetcher.ts'
import type { Remote } from '../../../src/source/remote/remote.ts'
import { GitSandbox } from '../git-sandbox.ts'
import { gitServer, packFiles, registry, type GitServer, type Registry } from './servers.ts'

const files = {
  'policyset.yaml':
    'apiVersion: preadmit.dev/v1alpha1\nkind: PolicySet\nname: acme\nversion: 1.2.0\nowners: [a]\npolicies: []\n',
  'policies/a.rego': 'package main\n\ndeny contains "no" if false\n',
  'policies/deep/er/b.yaml': 'a: ä\r\n',
  'CHANGELOG.md': '',
  'sets/net/policyset.yaml':
    'apiVersion: preadmit.dev/v1alpha1\nkind: PolicySet\nname: net\nversion: 1.4.0\npolicies: []\n',
}
const hidden = { '.policyset.sig': 'a signature is no part of what is signed', '.github/x.yaml': 'a: 1' }

describe('a policy set', () => {
  const sandbox = new GitSandbox()
  const cache = mkdtempSync(join(tmpdir(), 'preadmit-cache-'))
  let git: GitServer
  let oci: Registry
  let remote: Remote
  let commit = ''
  let digest = ''
  let source: { readonly git: string; readonly oci: string }

  beforeAll(async () => {
    sandbox.init('set', { ...files, ...hidden })
    commit = sandbox.git('set', 'rev-parse', 'HEAD').trim()
    sandbox.git('set', 'tag', 'v1.2.0')
    sandbox.git('.', 'clone', '-q', '--bare', 'set', 'served/acme/set.git')
    git = await gitServer(sandbox.path('served'))
    oci = await registry()
    digest = await oci.push('acme/set', '1.2.0', [
      {
        mediaType: 'application/vnd.cncf.flux.content.v1.tar+gzip',
        content: await packFiles({ ...files, ...hidden }),
      },
    ])
    source = { git: `${git.url}/acme/set.git`, oci: `oci://${oci.host}/acme/set` }
    remote = createRemote({
      access: {
        allow: [`http://${git.host}`, `http://${oci.host}`],
        private: [git.host, oci.host],
        credentials: [],
        environment: {},
      },
      environment: { PATH: process.env['PATH'] },
      cache: directoryCache(cache),
    })
  })
  afterAll(async () => {
    remote.close()
    await Promise.all([git.close(), oci.close()])
    sandbox.remove()
    rmSync(cache, { recursive: true, force: true })
  })

  const hashOf = async (fetched: FetchedSet): Promise<string> =>
    fetched.kind === 'files' ? await contentHash(fetched.tree, '') : fetched.reason

  it('has one content hash in a directory, in git and in a registry', async () => {
    const fetcher = policySetFetcher(remote)
    const expected = await contentHash(memoryTree(files), '')
    const pinned = { tag: 'v1.2.0', line: 1 }
    expect({
      git: await hashOf(await fetcher.open({ ...pinned, source: source.git, digest: commit })),
      oci: await hashOf(await fetcher.open({ ...pinned, source: source.oci, digest })),
    }).toEqual({ git: expected, oci: expected })
    expect(await contentHash(memoryTree({ ...files, 'CHANGELOG.md': '\n' }), '')).not.toBe(expected)
  })

  it('is found by a range, for the lock', async () => {
    expect(await newestSet(remote, source.git, '^1')).toEqual({ tag: 'v1.2.0', digest: commit })
    expect(await newestSet(remote, source.oci, '^1')).toEqual({ tag: '1.2.0', digest })
    const below = await newestSet(remote, source.git, '^1', 'sets/net')
    expect(below).toEqual({ tag: 'v1.4.0', digest: commit })
    await expect(newestSet(remote, source.git, '^1', 'sets')).rejects.toThrow(
      'has no sets/policyset.yaml, whose version the lock would name',
    )
  })

  it('is not had under another digest', async () => {
    const other = `sha256:${'0'.repeat(64)}`
    const fetched = await policySetFetcher(remote).open({
      source: source.oci,
      tag: '1.2.0',
      digest: other,
      line: 1,
    })
    expect(fetched.kind).not.toBe('files')
  })
})
