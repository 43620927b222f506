import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AdmissionWrite, AdmitResult } from '../../src/engine/api.ts'
import { askOnce } from '../../src/engine/ask-once.ts'
import type { EngineAnswer } from '../../src/engine/engines.ts'

const trace = { misses: [], impure: {}, logs: [], read: [], undeclared: [], refused: {}, milliseconds: 1 }
const write = (name: string): AdmissionWrite => ({
  operation: 'CREATE',
  object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } },
  namespace: 'shop',
})

/** Answers with the names of what it was asked, and remembers them; `broken` names make the call fail. */
function server(broken: ReadonlySet<string> = new Set()) {
  const asked: string[][] = []
  const nameOf = ({ object }: AdmissionWrite): string =>
    (object?.['metadata'] as { readonly name: string } | undefined)?.name ?? ''
  const ask = (writes: readonly AdmissionWrite[]): Promise<EngineAnswer<AdmitResult>> => {
    const names = writes.map(nameOf)
    asked.push(names)
    return Promise.resolve(
      names.some((name) => broken.has(name))
        ? { ...trace, ok: false, error: { code: 'memory', message: 'full' } }
        : {
            ...trace,
            ok: true,
            result: {
              writes: names.map((message) => ({
                verdict: 'rejected' as const,
                findings: [{ stage: 'validate' as const, message }],
              })),
            },
          },
    )
  }
  return { asked, ask }
}

const said = (answer: EngineAnswer<AdmitResult>): readonly string[] | string =>
  answer.ok ? answer.result.writes.map(({ findings }) => findings[0]?.message ?? '') : answer.error.message

describe('writes that are asked once', () => {
  it('each gets its own answer, whatever was asked before or beside it', async () => {
    const names = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(fc.array(names, { maxLength: 5 }), fc.boolean(), async (calls, together) => {
        const { asked, ask } = server()
        const admit = askOnce(ask)
        const answers: (readonly string[] | string)[] = []
        if (together)
          answers.push(...(await Promise.all(calls.map(async (list) => said(await admit(list.map(write)))))))
        else for (const list of calls) answers.push(said(await admit(list.map(write))))
        expect(answers).toEqual(calls)
        expect(asked.flat().sort()).toEqual([...new Set(calls.flat())].sort())
      }),
    )
  })

  it('another namespace or an old object is another write', async () => {
    const { asked, ask } = server()
    const first = write('a')
    await askOnce(ask)([first, { ...first, namespace: 'other' }, { ...first, operation: 'UPDATE', old: {} }])
    expect(asked).toEqual([['a', 'a', 'a']])
  })

  it('a failure is not remembered', async () => {
    const broken = new Set(['a'])
    const { ask } = server(broken)
    const admit = askOnce(ask)
    const waiting = await Promise.all([admit([write('a'), write('b')]), admit([write('b'), write('c')])])
    expect(waiting.map(said)).toEqual(['full', 'full'])
    broken.clear()
    expect(said(await admit([write('a'), write('b'), write('c')]))).toEqual(['a', 'b', 'c'])
  })
})
