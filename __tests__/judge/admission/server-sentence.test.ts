import { describe, expect, it } from 'vitest'
import { peoplesPath } from '../../../src/judge/admission/server-sentence.ts'
import type { JsonObject } from '../../../src/model/json.ts'

const volume: JsonObject = { spec: { hostPath: { path: '/a' }, counts: [{ small: 1 }], nodeAffinity: {} } }

describe('paths of the API server', () => {
  it.each([
    ['[]', 'Too long', ''],
    ['nodeAffinity', 'field is immutable', 'spec.nodeAffinity'],
    ['status.storedVersions[0]', 'must appear', 'spec.versions'],
    [
      '',
      'Invalid value: "": Checked value must be of type integer with format int32 in spec.counts[0].small',
      'spec.counts[0].small',
    ],
    ['spec.hostPath.path', 'must not contain', 'spec.hostPath.path'],
  ])('%j, %s', (path, message, expected) => {
    expect(peoplesPath(volume, path, message)).toBe(expected)
  })
})
