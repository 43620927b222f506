/** The validators that preadmit is compared with: native programs on PATH or in out/bin, installed on request. */
import { execFileSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const bin = join(import.meta.dirname, '..', 'out', 'bin')

/** Module of each program, with the version that the tables are made with. */
const modules = {
  kubeconform: 'github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0',
  'kubectl-validate': 'sigs.k8s.io/kubectl-validate@v0.0.5-0.20260105161640-a97ccfaca20b',
} as const

export type Peer = keyof typeof modules

/** Where the program is; undefined when it is not installed. `install` builds it from the module proxy first. */
export function findPeer(name: Peer, install: boolean): string | undefined {
  const found = lookUp(name)
  if (found !== undefined || !install) return found
  execFileSync('go', ['install', modules[name]], { env: { ...process.env, GOBIN: bin }, stdio: 'inherit' })
  return lookUp(name)
}

function lookUp(name: string): string | undefined {
  return [...(process.env['PATH'] ?? '').split(delimiter), bin]
    .map((directory) => join(directory, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}
