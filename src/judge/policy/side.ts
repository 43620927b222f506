import type { Side } from '../judgement.ts'
import type { ChangeWrite } from '../writes.ts'

/** Which side's cluster a write meets: evaluators are asked for one side at a time (judge/writes.ts). */
export function sideOf({ change, object, write }: ChangeWrite): Side {
  return write.operation === 'DELETE' || object === change.new ? 'head' : 'base'
}
