import { sourceRootOf } from '../paths.ts'
import type { Repository } from '../repository.ts'
import type { SourceHere } from './source.ts'
import type { Ignored } from './source-ignore.ts'

/** Which files of a source its artifact leaves out; source-controller ignores none of an OCI layer that it copies. */
export async function ignoredOf(
  { root, ignore, whole }: SourceHere,
  repository: Repository,
): Promise<Ignored> {
  return whole === true ? () => false : await repository.ignoredByFlux(ignore, sourceRootOf(root) ?? root)
}
