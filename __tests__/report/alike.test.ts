import { describe, expect, it } from 'vitest'
import { alikeDestructions } from '../../src/report/alike.ts'

const object = { group: '', kind: 'Namespace', namespace: '', name: 'flux-system' }
const deletion = (target: string, file: string, sentence = 'is deleted') => ({
  object,
  sentence,
  targets: [target],
  location: { file, line: 5 },
})

describe('what several places say alike', () => {
  it('is told once, with all targets and the number of further places', () => {
    const told = alikeDestructions([
      deletion('a', 'a.yaml'),
      deletion('b', 'b.yaml'),
      deletion('c', 'b.yaml'),
    ])
    expect(told).toEqual([{ item: { ...deletion('a', 'a.yaml'), targets: ['a', 'b', 'c'] }, morePlaces: 1 }])
  })
  it('stays apart where the sentence differs', () => {
    expect(alikeDestructions([deletion('a', 'a.yaml'), deletion('b', 'b.yaml', 'stays')])).toHaveLength(2)
  })
})
