import type { InputConfiguration } from '../../../model/configuration.ts'
import type { JsonObject } from '../../../model/json.ts'
import { objectAt } from '../../fields.ts'
import { flattenParameters } from '../parameters.ts'
import { failed, sets, withValues, type Generated, type GeneratorContext } from './generator.ts'

type LiveGenerator = InputConfiguration['generator']

/** Generators that ask a cluster or a service, and what they ask. */
const live: Readonly<Record<LiveGenerator, string>> = {
  scmProvider: 'its scmProvider generator lists repositories of a service',
  pullRequest: 'its pullRequest generator lists open pull requests',
  plugin: 'its plugin generator asks a service',
  clusterDecisionResource: 'its clusterDecisionResource generator reads a resource of the cluster',
}

export function isLive(key: string): key is LiveGenerator {
  return Object.hasOwn(live, key)
}

/** A generator whose answer nobody here knows, unless `inputs` of the configuration stand in for it. */
export async function generateLive(
  key: LiveGenerator,
  generator: JsonObject,
  { repository, dialect, set }: GeneratorContext,
): Promise<Generated> {
  const declared = repository.configuration.inputs.filter(
    (input) =>
      input.generator === key && [set.name, `${set.namespace}/${set.name}`].includes(input.applicationSet),
  )
  if (declared.length === 0)
    return sets([], {
      code: 'needs-cluster',
      reason: `${live[key]}: declare its parameters under inputs in the configuration (applicationSet: ${set.namespace}/${set.name}, generator: ${key})`,
    })
  const given = declared.flatMap((input) => input.parameters)
  const filled = await withValues(
    dialect.goTemplate ? given : given.map(flattenParameters),
    objectAt(generator, 'values'),
    dialect,
  )
  return 'error' in filled ? failed(filled.error) : sets(filled.sets)
}
