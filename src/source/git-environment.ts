import { resolve } from 'node:path'

/** Environment variables as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Where a hook of git says that the repository is. Kept only when the check is about the very directory that it was
 * started in: a pre-commit hook of `git commit -a` checks the index that is being committed, not the one on disk.
 */
const locations = [
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_COMMON_DIR',
  'GIT_INDEX_FILE',
  'GIT_OBJECT_DIRECTORY',
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
]

/**
 * What a person or a runner uses to tell git about itself: where its programs and configuration are, how to sign in.
 * GIT_CONFIG_COUNT and its keys often carry safe.directory and a token. All of it comes from whoever starts the check,
 * never from the repository's contents.
 */
const kept = [
  'GIT_EXEC_PATH',
  'GIT_CEILING_DIRECTORIES',
  'GIT_DISCOVERY_ACROSS_FILESYSTEM',
  'GIT_CONFIG_GLOBAL',
  'GIT_CONFIG_SYSTEM',
  'GIT_CONFIG_NOSYSTEM',
  'GIT_CONFIG_PARAMETERS',
  'GIT_SSH',
  'GIT_SSH_COMMAND',
  'GIT_SSH_VARIANT',
  'GIT_ASKPASS',
  'GIT_SSL_CAINFO',
  'GIT_SSL_CAPATH',
]

/** The variables of {@link locations} that name one path. */
const paths = locations.filter((name) => name !== 'GIT_ALTERNATE_OBJECT_DIRECTORIES')

/**
 * The environment of every git that is started: whoever calls and wherever, the same question gets the same answer.
 * Other variables of git (traces, pagers, attributes, external programs) are dropped.
 *
 * @param here the current directory when the check is about it, so that a hook's own variables are about it too; they
 * are made absolute, because git is started in other folders as well
 */
export function gitEnvironment(environment: Environment, here: string | undefined): Environment {
  const clean: Record<string, string | undefined> = {}
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith('GIT_') || kept.includes(name) || isConfiguration(name)) clean[name] = value
    else if (here !== undefined && value !== undefined && locations.includes(name))
      clean[name] = paths.includes(name) ? resolve(here, value) : value
  }
  return {
    ...clean,
    // Messages are compared with git's own English ones.
    LC_ALL: 'C',
    LANGUAGE: '',
    GIT_TERMINAL_PROMPT: '0',
    // Reading must not take locks that a person at the same repository would run into.
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_PAGER: 'cat',
    GIT_EDITOR: ':',
    // A partial clone must not fetch behind our back: git of 2024 and later knows the first, every git the second.
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOW_PROTOCOL: 'none',
  }
}

/** The environment for the one command that may reach the remote of the checkout. `ext::` never (threats.md T13). */
export function fetchEnvironment(environment: Environment): Environment {
  return { ...environment, GIT_ALLOW_PROTOCOL: 'https:http:ssh:git:file' }
}

/** Adds settings to those that the environment carries already; keys may hold any character. */
export function withSettings(
  environment: Environment,
  settings: readonly (readonly [key: string, value: string])[],
): Environment {
  const count = Number(environment['GIT_CONFIG_COUNT'] ?? '0')
  const more: Record<string, string> = { GIT_CONFIG_COUNT: String(count + settings.length) }
  settings.forEach(([key, value], n) => {
    more[`GIT_CONFIG_KEY_${count + n}`] = key
    more[`GIT_CONFIG_VALUE_${count + n}`] = value
  })
  return { ...environment, ...more }
}

function isConfiguration(name: string): boolean {
  return /^GIT_CONFIG_(?:COUNT|KEY_[0-9]+|VALUE_[0-9]+)$/.test(name)
}
