import { loadConfiguration } from '../config/load.ts'
import {
  moveProblem,
  parsePolicyLock,
  policyLockPath,
  printPolicyLock,
  type LockedSet,
} from '../config/policy-lock.ts'
import { readLock } from '../judge/policy/resolve.ts'
import type { Configuration } from '../model/configuration.ts'
import { newestSet, type RemoteFiles } from '../source/policy-set-fetcher.ts'
import { repositoryAt } from './configuration.ts'
import { CommandError } from './errors.ts'
import { exitStatus } from './exit-status.ts'
import type { Ports } from './ports.ts'

export interface PolicyLockOptions {
  readonly repo: string
  /** Writes nothing; fails when the lock is not what it would be. */
  readonly check?: boolean
}

/** What the configuration lets a run fetch; undefined when it allows no host. */
export type Connect = (configuration: Configuration) => RemoteFiles | undefined

/** `preadmit policy lock`: writes the newest version in each source's range into the lock. Answers the exit status. */
export async function policyLockCommand(
  options: PolicyLockOptions,
  ports: Ports,
  connect: Connect,
): Promise<number> {
  const repository = await repositoryAt(options.repo, ports)
  const tree = await repository.workingTree()
  const configuration = await loadConfiguration(tree)
  const before = await readLock(tree)
  const wanted = configuration.policies.filter(({ source }) => source !== undefined)
  const sets: Omit<LockedSet, 'line'>[] = []
  if (wanted.length > 0) {
    const remote = connect(configuration)
    if (remote === undefined)
      throw new CommandError(
        'no-hosts',
        'the configuration allows no host: name those of the sets under remote.allow',
      )
    for (const { source = '', version = '*', path } of wanted) {
      if (sets.some((set) => set.source === source)) continue
      try {
        sets.push({ source, ...(await newestSet(remote, source, version, path)) })
      } catch (error) {
        throw new CommandError(
          'cannot-lock',
          `${source}: ${error instanceof Error ? error.message : String(error)}`,
        )
      }
    }
  }
  for (const set of sets) {
    const from = before.sets.find(({ source }) => source === set.source)
    const problem = from === undefined ? undefined : moveProblem(from, { ...set, line: 0 })
    if (problem === 'swapped')
      throw new CommandError(
        'swapped',
        `${set.source}:${set.tag} has other bytes than the lock says: this is no new version`,
      )
  }
  const text = printPolicyLock(sets)
  const same =
    JSON.stringify(parsePolicyLock(text).sets.map(pinText)) ===
    JSON.stringify(before.sets.map(pinText).sort())
  if (options.check === true) {
    ports.output.write(same ? `${policyLockPath} is up to date\n` : `${policyLockPath} is not up to date\n`)
    return same ? exitStatus.pass : exitStatus.couldNotCheck
  }
  if (!same) await ports.writeFile(`${await repository.root()}/${policyLockPath}`, text)
  ports.output.write(
    same ? `${policyLockPath} is up to date\n` : sets.map((set) => `${pinText(set)}\n`).join(''),
  )
  return exitStatus.pass
}

function pinText({ source, tag, digest }: Omit<LockedSet, 'line'>): string {
  return `${source}:${tag}@${digest}`
}
