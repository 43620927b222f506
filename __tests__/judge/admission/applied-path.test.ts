import { describe, expect, it } from 'vitest'
import { appliedPath } from '../../../src/judge/admission/applied-path.ts'
import type { JsonObject } from '../../../src/model/json.ts'

const object: JsonObject = {
  metadata: { labels: { 'app.kubernetes.io/name': 1, app: 'x' }, finalizers: ['a/b', 'c', 'a/b'] },
  spec: {
    containers: [
      { name: 'a' },
      {
        name: 'b]"',
        env: [{ name: 'A' }, { name: 'B' }, { name: 'A' }, { name: 'A' }],
        ports: [
          { containerPort: 80, protocol: 'UDP' },
          { containerPort: 80 },
          { containerPort: 80, protocol: 'TCP' },
        ],
      },
    ],
  },
}
const container = 'spec.containers[name="b]\\""]'

describe('paths of structured-merge-diff', () => {
  it.each([
    ['spec.containers[name="a"].image', 'required', 'spec.containers[0].image'],
    [`${container}.env[name="B"].value`, 'expected string', 'spec.containers[1].env[1].value'],
    [`${container}.env`, 'duplicate entries for key [name="A"]', 'spec.containers[1].env[2]'],
    [
      `${container}.ports`,
      'duplicate entries for key [containerPort=80,protocol="TCP"]',
      'spec.containers[1].ports[2]',
    ],
    ['metadata.finalizers', 'duplicate entries for key [="a/b"]', 'metadata.finalizers[2]'],
    ['metadata.labels.app.kubernetes.io/name', 'expected string', 'metadata.labels[app.kubernetes.io/name]'],
    ['spec.containers[3].x', 'unknown', 'spec.containers[3].x'],
    ['spec.gone[name="a"]', 'unknown', 'spec.gone[name="a"]'],
    ['', 'unknown', ''],
  ])('%s: %s', (path, message, expected) => {
    expect(appliedPath(object, path, message)).toBe(expected)
  })
})
