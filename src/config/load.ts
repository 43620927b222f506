import type { Configuration } from '../model/configuration.ts'
import type { Refusal, Tree } from '../model/tree.ts'
import { ConfigurationError } from './errors.ts'
import { normalisePath } from './glob.ts'
import { parseYaml } from './parse-yaml.ts'
import { validate } from './validate.ts'

/** The one place where the configuration of a repository stands. */
export const configurationPath = '.preadmit.yaml'

/** Names that people try, and that are never read: without the right one they are an error, not silence. */
const misplaced = [
  '.preadmit.yml',
  '.github/preadmit.yaml',
  '.github/preadmit.yml',
  '.github/.preadmit.yaml',
  '.github/.preadmit.yml',
]

/**
 * The configuration of a repository: `.preadmit.yaml` of the tree, or the file that the person who runs the check
 * named instead. Without a file every default holds.
 *
 * @param tree the base side: a pull request cannot change how it is judged (threats.md I1)
 * @param file read by the caller; its name is for messages only
 * @throws ConfigurationError with everything that is wrong
 */
export async function loadConfiguration(
  tree: Tree,
  file?: { readonly name: string; readonly text: string },
): Promise<Configuration> {
  if (file !== undefined) return readConfigurationFile(file.text, file.name)
  const found = tree.resolve(configurationPath)
  switch (found.kind) {
    case 'missing': {
      const instead = misplaced.find((path) => tree.stat(path)?.kind === 'file')
      if (instead !== undefined) throw unusable(instead, `is not read: rename it to ${configurationPath}`)
      return readConfiguration('', configurationPath, null)
    }
    case 'directory':
      throw unusable(configurationPath, 'is a directory')
    case 'refused':
      throw unusable(configurationPath, refusals[found.reason])
    case 'file': {
      const content = (await tree.read([found.path])).get(found.path) ?? {
        refused: 'missing-object' as const,
      }
      if (!(content instanceof Uint8Array)) throw unusable(configurationPath, refusals[content.refused])
      return readConfiguration(decode(content, configurationPath), configurationPath, configurationPath)
    }
  }
}

/**
 * The configuration that a text holds.
 *
 * @param name of the file, for messages and {@link Configuration.file}
 * @throws ConfigurationError with everything that is wrong
 */
export function readConfigurationFile(text: string, name: string): Configuration {
  return readConfiguration(text, name, name)
}

function readConfiguration(text: string, name: string, file: string | null): Configuration {
  const parsed = parseYaml(text, name)
  if (!('value' in parsed)) throw new ConfigurationError(parsed)
  const validation = validate(parsed, name)
  if ('problems' in validation) throw new ConfigurationError(validation.problems)
  // The schema has just proved the shape; a test holds that its properties are those of the type.
  return normalise({ ...(validation.value as Omit<Configuration, 'file'>), file })
}

/** Paths as trees name them, so that no room has to think of `./` and trailing slashes again. */
function normalise(configuration: Configuration): Configuration {
  return {
    ...configuration,
    exclude: configuration.exclude.map(normalisePath),
    clusters: configuration.clusters.map((cluster) => ({
      ...cluster,
      paths: cluster.paths.map(normalisePath),
    })),
    policies: configuration.policies.map((policy) => ({
      ...policy,
      // The schema has no default: an entry must say where its policies are.
      path: normalisePath((policy as Partial<typeof policy>).path ?? ''),
    })),
    exemptions: {
      ...configuration.exemptions,
      files: configuration.exemptions.files.map(normalisePath),
    },
    schemas: {
      ...configuration.schemas,
      locations: configuration.schemas.locations.map((location) => location.replace(/^(?:\.\/)+/, '')),
      crds: configuration.schemas.crds.map(normalisePath),
    },
  }
}

function decode(content: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content)
  } catch {
    throw unusable(file, 'is not UTF-8')
  }
}

function unusable(file: string, message: string): ConfigurationError {
  return new ConfigurationError([{ file, line: 1, column: 1, message: `the configuration ${message}` }])
}

const refusals: Readonly<Record<Refusal, string>> = {
  'outside-repository': 'is a symbolic link that leaves the repository',
  'link-loop': 'is a symbolic link that leads back to itself',
  'dangling-link': 'is a symbolic link to something that is not there',
  submodule: 'lies in a submodule, which is not read',
  'lfs-pointer': 'is stored in Git LFS: store it in git itself',
  'too-large': 'is too large',
  'missing-object': 'is not in this partial clone: fetch it with `git fetch --refetch --no-filter`',
}
