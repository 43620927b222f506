import { describe, expect, it } from 'vitest'
import { fieldOfExpression } from '../../../src/judge/policy/fields.ts'
import { deployment } from '../../compare/objects.ts'

const object = deployment('api', { containers: [{ name: 'api' }] })

describe('the field that a validation is about', () => {
  it.each([
    ['object.spec.replicas >= 2', 'spec.replicas'],
    ['has(object.spec.replicas) && object.spec.replicas >= params.least', 'spec.replicas'],
    ['object.spec.template.spec.containers.all(c, has(c.resources))', 'spec.template.spec.containers'],
    ['!has(object.spec.strategy) || object.spec.strategy.type != "Recreate"', 'spec.strategy'],
    ['object.?spec.?template.?spec.?hostNetwork.orValue(false) == false', 'spec.template.spec.hostNetwork'],
    ["object.metadata.name != 'object.spec.x'", 'metadata.name'],
    ['object.metadata.labels["team"] != ""', 'metadata.labels'],
  ])('%s: %s', (expression, path) => {
    expect(fieldOfExpression(expression, object)).toBe(path)
  })
  it.each([
    'variables.containers.all(c, has(c.image))',
    'object.spec.replicas > object.spec.template.spec.priority',
    'oldObject.spec.replicas == 1',
    'params.object.spec == 1',
    'true',
    'size(object) > 1',
    'object.metadata.name == "x" || variables.exempt',
  ])('uncertain: %s', (expression) => {
    expect(fieldOfExpression(expression, object)).toBe('')
  })
})
