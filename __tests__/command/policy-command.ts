/** `preadmit policy …` as the command line calls it, on sets in temporary directories, with the engines that ship. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { runCommandLine } from '../../src/command/command-line.ts'
import { realPorts, type Ports } from '../../src/command/ports.ts'
import { loadSchemas } from '../../src/judge/schema/artefact.ts'
import { shippedEngines } from '../judge/engines.ts'

export interface Told {
  readonly status: number
  readonly out: string
  readonly err: string
}

/** Runs `preadmit policy COMMAND DIRECTORY …` from the project's root. */
export async function policy(command: string, directory: string, ...options: string[]): Promise<Told> {
  let out = ''
  let err = ''
  const sink = (write: (text: string) => void): Ports['output'] => ({
    write,
    terminal: false,
    width: 200,
    colors: false,
  })
  const status = await runCommandLine(['node', 'preadmit', 'policy', command, directory, ...options], {
    ...realPorts(process),
    directory: join(import.meta.dirname, '../..'),
    output: sink((text) => (out += text)),
    errors: sink((text) => (err += text)),
    openEngines: () => shippedEngines(),
    loadSchemas: () => loadSchemas(new URL('../../dist/', import.meta.url)),
  })
  return { status, out, err }
}

/** Sets of one test file; {@link remove} deletes them. */
export class Sets {
  readonly #root = mkdtempSync(join(tmpdir(), 'preadmit-set-'))
  #count = 0

  /** Writes a set and answers its directory. */
  write(files: Readonly<Record<string, string>>): string {
    const directory = join(this.#root, String(this.#count++))
    for (const [path, text] of Object.entries(files)) {
      const full = join(directory, path)
      mkdirSync(dirname(full), { recursive: true })
      writeFileSync(full, text)
    }
    return directory
  }

  remove(): void {
    rmSync(this.#root, { recursive: true })
  }
}

/** A ValidatingAdmissionPolicy over ConfigMaps with its binding. */
export function admissionPolicy(
  name: string,
  expression: string,
  { resource = 'configmaps', message = 'not allowed', group = '' } = {},
): string {
  return `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: ${name}}
spec:
  matchConstraints:
    resourceRules:
      - {apiGroups: ['${group}'], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [${resource}]}
  validations:
    - expression: ${JSON.stringify(expression)}
      message: ${message}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: ${name}}
spec: {policyName: ${name}, validationActions: [Deny]}
`
}

export const policySet = (id: string, path: string, more = ''): string =>
  `apiVersion: preadmit.dev/v1alpha1
kind: PolicySet
name: team
version: 1.0.0
policies:
  - id: ${id}
    path: ${path}
${more}`
