import type { ArtifactFiles, InputSet } from '../../model/target.ts'
import { artifactTree } from '../artifact-tree.ts'
import { isWithin } from '../paths.ts'
import type { Planned } from '../planned.ts'
import { repositoryOf, type Repository } from '../repository.ts'

/**
 * Plans over an artifact as over a repository of its own, and says what that reads in terms of the real tree. A file that
 * comes into a copied folder changes the artifact's list of files, which is part of the plan.
 */
export async function planOverArtifact<Plan extends Planned>(
  files: ArtifactFiles,
  repository: Repository,
  make: (artifact: Repository) => Promise<Plan>,
): Promise<Plan> {
  const { tree, configuration, engines } = repository
  const planned = await make(await repositoryOf(artifactTree(tree, files), configuration, engines))
  const { plan, inputs } = planned
  const own = { inputs: realInputs(inputs, files) }
  return plan.tool === 'none' || plan.tool === 'several'
    ? { ...planned, ...own }
    : { ...planned, ...own, plan: { ...plan, artifact: { files, inputs } } }
}

function realInputs({ files, directories }: InputSet, real: ArtifactFiles): InputSet {
  const wanted = new Set(files)
  const found = Object.entries(real)
    .filter(([path]) => wanted.has(path) || directories.some((directory) => isWithin(directory, path)))
    .flatMap(([, file]) => (typeof file === 'string' ? [file] : file.from))
  return { files: [...new Set(found)].sort(), directories: [] }
}
