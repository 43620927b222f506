import { describe, expect, it } from 'vitest'
import { withoutRepetition } from '../../../src/judge/admission/repetition.ts'
import type { Found } from '../../../src/judge/judgement.ts'
import type { ChangeWrite } from '../../../src/judge/writes.ts'
import { rendered } from '../../compare/objects.ts'

const claim = rendered({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data', namespace: 'shop' },
  spec: { dataSource: { kind: 'PersistentVolumeClaim' } },
})
const found = (rule: string, path: string, judgedBy?: string): Found => ({
  object: claim,
  ...(judgedBy === undefined ? {} : { judgedBy }),
  finding: {
    source: rule.startsWith('schema') ? 'schema' : 'admission',
    rule,
    level: 'required',
    severity: 'high',
    object: claim.identity,
    target: 'a',
    path,
    element: path,
    message: 'missing required field "name"',
  },
})
const missing = (judgedBy = '1.37'): Found => found('schema/missing-field', 'spec.dataSource.name', judgedBy)
const write: ChangeWrite = {
  change: { target: 'a', identity: claim.identity, operation: 'CREATE', new: claim, differences: [] },
  object: claim,
  write: { operation: 'CREATE', object: claim.object, namespace: 'shop' },
}

describe('what only the schema says', () => {
  it.each<{
    name: string
    admission?: Found[]
    schema: Found
    unknown?: ChangeWrite[]
    told: string[]
  }>([
    {
      name: 'a missing field that the server does not miss',
      schema: missing(),
      told: ['schema/missing-field advisory'],
    },
    {
      name: 'one that the server misses as well',
      admission: [found('admission/FieldValueRequired', 'spec.dataSource.name')],
      schema: missing(),
      told: ['admission/FieldValueRequired required'],
    },
    {
      name: 'of a kind that the server here does not know',
      schema: missing(),
      unknown: [write],
      told: ['schema/missing-field required'],
    },
    {
      name: 'of a kind that the server here has lost',
      admission: [found('admission/NoMatch', 'apiVersion')],
      schema: missing(),
      told: ['admission/NoMatch required', 'schema/missing-field required'],
    },
    {
      name: 'and the server could not read the object',
      admission: [found('admission/Decode', 'spec.volumeName')],
      schema: missing(),
      told: ['admission/Decode required', 'schema/missing-field required'],
    },
    {
      name: 'a list of bytes',
      schema: found('schema/wrong-type', 'spec.dataSource.name', '1.37'),
      told: ['schema/wrong-type advisory'],
    },
    {
      name: 'a field that the declared minor does not have',
      schema: found('schema/unknown-field', 'spec.dataSource.name', '1.37'),
      told: ['schema/unknown-field required'],
    },
    {
      name: 'by a schema of the configuration',
      schema: missing('schema-locations'),
      told: ['schema/missing-field required'],
    },
  ])('$name', ({ admission = [], schema, unknown = [], told }) => {
    const kept = withoutRepetition(admission, [schema], { unknown })
    expect(kept.map(({ finding: { rule, level } }) => `${rule} ${level}`)).toEqual(told)
  })
})
