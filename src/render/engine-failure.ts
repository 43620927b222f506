import type { EngineAnswer } from '../engine/engines.ts'
import type { NotCheckedCode } from '../model/outcome.ts'
import { failed, notRendered, type Outcome } from './outcome.ts'

type Refused = Extract<EngineAnswer<unknown>, { ok: false }>

/** Limits of ours and of the sandbox, by the engine's code. */
const limits: Readonly<Record<string, { code: NotCheckedCode; reason: string }>> = {
  timeout: { code: 'timeout', reason: 'it took longer than it may' },
  memory: { code: 'memory', reason: 'rendering needed more memory than a job may have' },
  limit: { code: 'limit', reason: 'a limit was reached' },
  'output-limit': { code: 'limit', reason: 'the output is larger than a job may give' },
  trap: { code: 'engine', reason: 'the renderer crashed' },
  panic: { code: 'engine', reason: 'the renderer crashed' },
  engine: { code: 'engine', reason: 'the renderer did not answer' },
  'bad-request': { code: 'engine', reason: 'the renderer did not understand the request' },
  'unknown-op': { code: 'engine', reason: 'the renderer did not understand the request' },
}

/**
 * Tells what an engine's error means: the sources are wrong (the cluster's tool would fail too), or they could not be
 * rendered here, though the cluster may.
 */
export function explainFailure(answer: Refused): Outcome {
  const { code, message } = answer.error
  const limit = limits[code]
  if (limit !== undefined) {
    const cause = message === '' ? limit.reason : `${limit.reason}: ${message}`
    // The run's own limit names itself.
    const option = code === 'timeout' && !message.includes('limits.') ? ' (limits.renderSeconds)' : ''
    return notRendered(limit.code, `${cause}${option}`)
  }
  switch (code) {
    case 'remote':
      return notRendered('remote-source', remoteReason(answer))
    case 'plugin':
      return notRendered('plugin', `${message}: programs and containers do not run here`)
    case 'refused':
      return explainRefusal(answer)
    default: {
      // A chart can ask for something remote and fail over it with another code.
      const refusal = Object.values(answer.refused).some(isElsewhere)
      return refusal ? explainRefusal(answer) : failed(code, message, answer.read)
    }
  }
}

function remoteReason(answer: Refused): string {
  const wanted = [...new Set(answer.misses.map((miss) => miss.reference))]
  const what = wanted.length === 0 ? answer.error.message : wanted.join(', ')
  const chart = answer.misses.some((miss) => miss.kind === 'chart')
  const lacks = `${what} ${wanted.length > 1 ? 'are' : 'is'} not in this repository`
  return chart
    ? `${lacks}: allow the host under remote.allow, or run \`helm dependency build\` and commit charts/`
    : `${lacks}, and nothing is fetched: allow the host under remote.allow, or copy it here`
}

/** The tree did not give a file: either the link is wrong for everyone, or the content is only missing here. */
function explainRefusal(answer: Refused): Outcome {
  const [path, reason] = Object.entries(answer.refused)[0] ?? []
  if (path === undefined || reason === undefined) return failed('refused', answer.error.message, answer.read)
  switch (reason) {
    case 'submodule':
      return notRendered('submodule', `${path} is a submodule, whose content is not in this repository`)
    case 'lfs-pointer':
      return notRendered('lfs-pointer', `${path} is a Git LFS pointer: its content is not in the repository`)
    case 'missing-object':
      return notRendered(
        'missing-object',
        `the content of ${path} is not in this clone: fetch it without a filter`,
      )
    case 'too-large':
      return notRendered('limit', `${path} is larger than a file may be`)
    default:
      return failed('refused', `${path} cannot be read (${reason}): ${answer.error.message}`, answer.read)
  }
}

function isElsewhere(reason: string): boolean {
  return ['submodule', 'lfs-pointer', 'missing-object', 'too-large'].includes(reason)
}
