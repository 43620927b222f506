import type { Engines } from '../../../src/engine/engines.ts'
import type { Judgement } from '../../../src/judge/judgement.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import { pair } from '../../compare/objects.ts'
import { configuration } from '../configuration.ts'
import { judgedPairs } from '../judged.ts'

/** What the policies of `policies/` say of one application's change. */
export function judgedBy(
  engines: Engines,
  files: Readonly<Record<string, string>>,
  before: readonly JsonObject[],
  after: readonly JsonObject[],
): Promise<Judgement> {
  const settings = configuration({ policies: [{ path: 'policies' }] })
  return judgedPairs(engines, [pair('app', before, after)], settings, { base: files })
}
