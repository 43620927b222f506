import type { Report, ReportKubernetes } from '../model/report.ts'

/** `1.30 (prod; rules of 1.34)`: the declared minor, for whom, and which minors judged where that was another one. */
export function kubernetesText(
  { version, for: who, shapes, rules }: ReportKubernetes,
  clean: (text: string) => string,
): string {
  const notes = [
    ...(who === '*' ? [] : [clean(who)]),
    ...(shapes === undefined || shapes === version ? [] : [`fields of ${clean(shapes)}`]),
    ...(rules === undefined || rules === version ? [] : [`rules of ${clean(rules)}`]),
  ]
  return notes.length === 0 ? clean(version) : `${clean(version)} (${notes.join('; ')})`
}

/** `1 of 3 webhook exceptions used`; empty without any. */
export function webhooksText({ webhooks }: Pick<Report, 'webhooks'>): string {
  const used = webhooks.filter((webhook) => webhook.used > 0).length
  return webhooks.length === 0
    ? ''
    : `${used} of ${webhooks.length} webhook ${webhooks.length === 1 ? 'exception' : 'exceptions'} used`
}

/** `definitions of Argo CD 3.5.7 and Flux 2.9.5`: those that come with preadmit; empty without any. */
export function definitionsText(
  { definitions }: Pick<Report, 'definitions'>,
  clean: (text: string) => string,
): string {
  return definitions.length === 0
    ? ''
    : `definitions of ${definitions.map(({ tool }) => clean(tool)).join(' and ')}`
}
