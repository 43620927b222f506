/** kubectl's own apply, the client-side one: it computes its patch from its annotation, the file and the live object. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JsonObject } from '../../src/model/json.ts'
import type { Answer } from './case.ts'

/** Milliseconds that one apply may take. */
const patience = 120_000

/** A server that is too slow has not refused anything. */
const unanswered = /Client\.Timeout|connection lost|failed to download openapi|connection refused/

export class Kubectl {
  readonly #program: string
  readonly #flags: readonly string[]
  readonly #folder = mkdtempSync(join(tmpdir(), 'preadmit-kubectl-'))
  #files = 0

  constructor(program: string, url: string, token: string) {
    this.#program = program
    this.#flags = [
      `--server=${url}`,
      `--token=${token}`,
      // The certificate of an oracle is its own; the address is a loopback one.
      '--insecure-skip-tls-verify',
      `--cache-dir=${join(this.#folder, 'cache')}`,
    ]
  }

  /** `kubectl apply` of one object, checked strictly as is kubectl's default. */
  async apply(object: JsonObject, { dry }: { dry: boolean }): Promise<Answer> {
    const file = join(this.#folder, `${this.#files++}.json`)
    writeFileSync(file, JSON.stringify(object))
    const parameters = ['apply', '--server-side=false', '--validate=strict', '-f', file]
    try {
      return await this.#run(dry ? [...parameters, '--dry-run=server'] : parameters)
    } finally {
      rmSync(file)
    }
  }

  #run(parameters: readonly string[]): Promise<Answer> {
    return new Promise((resolve) => {
      // Nothing of the caller's own configuration.
      const env = { HOME: this.#folder, KUBECONFIG: join(this.#folder, 'none') }
      const options = { env, timeout: patience }
      execFile(this.#program, [...this.#flags, ...parameters], options, (error, _, stderr) => {
        const said = stderr.trim() || (error?.message ?? '')
        if (error === null) resolve({ verdict: 'accepted', says: [] })
        else {
          const nothing = error.killed === true || unanswered.test(said)
          resolve({ verdict: nothing ? 'impossible' : 'rejected', says: [said] })
        }
      })
    })
  }

  close(): void {
    rmSync(this.#folder, { recursive: true })
  }
}
