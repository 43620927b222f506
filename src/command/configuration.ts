/** The repository and the configuration that the options of a command name. */
import { loadConfiguration } from '../config/load.ts'
import type { Configuration } from '../model/configuration.ts'
import type { Tree } from '../model/tree.ts'
import { openRepository, type Repository } from '../source/repository.ts'
import { readNamedFile } from './named-file.ts'
import type { Ports } from './ports.ts'

/** The repository around a directory, which is relative to where the command was called. */
export function repositoryAt(repo: string, ports: Ports): Promise<Repository> {
  return openRepository(repo, { directory: ports.directory, environment: ports.environment })
}

/**
 * The configuration in a tree, or in the file that the person at the terminal named instead, with the URLs of the
 * repository's remotes: definitions that name one of them mean this repository.
 *
 * @throws ConfigurationError with everything that is wrong
 */
export async function configurationOf(
  tree: Tree,
  repository: Repository,
  { config }: { readonly config?: string },
  ports: Ports,
): Promise<Configuration> {
  const file =
    config === undefined ? undefined : { name: config, text: await readNamedFile('--config', config, ports) }
  const configuration = await loadConfiguration(tree, file)
  return {
    ...configuration,
    repositories: [...configuration.repositories, ...(await repository.remoteUrls())],
  }
}
